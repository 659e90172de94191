/** The only door of the ledger: the guaranteed ceiling. */
export * from './types.js';
export {
  type Ceiling,
  type CeilingInput,
  type CeilingStep,
  ceiling,
  type ReserveCause,
  reserveCause,
} from './ceiling.js';
export { clockDoubted, clockStepped, sampledInTime, sampledLate } from './clocks.js';
export { COMMANDS_MAX } from './coalesce.js';
export { failureReserve, type FailureReserve, reservedAt } from './failure-reserve.js';
export { FLIGHT_MAX_SEC, flightOverAtMs } from './flight.js';
export { grant } from './grant.js';
export { type Irrevocable, irrevocableAt } from './irrevocable.js';
export { type ChannelLoad, channelLoads, countedChannels, creditAt } from './phase-credit.js';
export { LEASE_SHORTENED_MIN_SEC } from './offer.js';
export { LAST_CALL_MAX_SEC, leaseDueAtMs, RENEWAL_MARGIN_MAX_SEC } from './renewal.js';
export {
  type Answer,
  type AnswerOutcome,
  answered,
  booted,
  cleared,
  creditedOn,
  distrusted,
  expired,
  fallbackShown,
  fenced,
  firstEndMs,
  inForce,
  leaseShown,
  newestAccepted,
  type PlannedCommand,
  planned,
  replacementKept,
  replacementShown,
  restarted,
  stepsRead,
  trusted,
  valueAt,
} from './transitions.js';
export { ownSettings } from './own-settings.js';
export { shapedCommand, shapedEntry } from './shape.js';
export { carries, compileTree, FIT_TOLERANCE_A, pathOf } from './tree-load.js';
export {
  isUnbounded,
  onOthers,
  worstBetween,
  worstCase,
  worstCaseAt,
  worstOthers,
} from './worst-case.js';
