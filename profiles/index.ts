/** The doors of charging-profile synthesis. */
export * from './charging-profile.js';
export * from './installed-profile.js';
export * from './schedule.js';
export * from './profile-id.js';
export * from './synthesise.js';
export * from './composite.js';
export type {
  CompositeRequest,
  StationFacts as CompositeStationFacts,
  TransactionFacts,
  UtcOffset,
} from './composite/facts.js';
export { checkClear, checkProfile, PROFILE_RULES, type ClearFacts } from './rules/check-profile.js';
export type { ProfileFeature, ProfileRule, RuleFacts } from './rules/rule.js';
export { readProfile } from './wire/read-profile.js';
export { formatTimestamp, parseTimestamp } from './wire/timestamp.js';
export * from './command.js';
export { applyProfileCommand } from './profile-set.js';
export { diffProfiles, type CommandEffect, type DiffOptions, type ProfileCommand } from './diff.js';
export { type CompositeContext, UNLIMITED_RULE } from './wire/composite-answer.js';
/** One namespace a version, each with the same functions. */
export * as ocpp16 from './wire/ocpp16.js';
export * as ocpp201 from './wire/ocpp201.js';
export * as ocpp21 from './wire/ocpp21.js';
export { roundDownToStep, roundDownToTenth } from './round-down.js';
