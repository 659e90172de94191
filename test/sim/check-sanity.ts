/** What must hold of every step, whatever the stations do; of I12 the engine's part: what waits, and wakes. */
import { COMMANDS_MAX } from '../../ledger/index.js';
import { checkProfile, installedFrom, type RuleFacts } from '../../profiles/index.js';
import type { PendingCommand, SiteState } from '../../src/control/state.js';
import type { StepTaken } from './engine-shell.js';

export interface Sanity {
  problems(taken: StepTaken, nowMs: number): readonly string[];
}

/** Commands that may wait for answers: a few of each EVSE, and of each station. */
const PENDING_EVSE_MAX = 6;
const PENDING_STATION_MAX = 6;
/** Steps without an event within one simulated minute: more is a storm. */
const WAKES_MAX = 150;
/** A smart-charging test asks the meter every two seconds, and acts on what it says. */
const WAKES_PER_TEST = 60;
const MINUTE_MS = 60_000;
/** Never a matter of what stations do. */
const OWN_ALARMS: readonly string[] = ['allocation-refused', 'profile-impossible'];

export function createSanity(): Sanity {
  let minute = 0;
  let wakes = 0;
  let testMinute = 0;
  let testsMax = 0;
  return {
    problems({ before, items, result }, nowMs) {
      const { state, effects, nextWakeAtMs } = result;
      const found: string[] = [];
      if (nextWakeAtMs !== undefined && nextWakeAtMs <= nowMs) found.push('wakes in the past');
      const nowMinute = Math.floor(nowMs / MINUTE_MS);
      if (nowMinute !== minute) wakes = 0;
      minute = nowMinute;
      wakes += items.length === 0 ? 1 : 0;
      let tests = 0;
      for (const { test } of state.evses.values()) if (test !== undefined) tests += 1;
      if (tests > 0) testsMax = Math.max(tests, nowMinute === testMinute ? testsMax : 0);
      if (tests > 0) testMinute = nowMinute;
      const measured = nowMinute === testMinute ? testsMax : 0;
      if (wakes === WAKES_MAX + measured * WAKES_PER_TEST) {
        found.push(`${wakes} wake-ups within a minute`);
      }
      found.push(...boundProblems(state));
      for (const effect of effects) {
        if (effect.type === 'command') {
          const { command } = effect;
          // Of several events in one step the last may declare what the first could not know.
          const asOf = [state, before].map((it) => commandProblems(command, it, nowMs));
          if (asOf.every((it) => it.length > 0)) found.push(...(asOf[0] ?? []));
        }
        if (effect.type === 'alarm' && OWN_ALARMS.includes(effect.code)) {
          found.push(`${effect.code}: ${effect.detail}`);
        }
      }
      return found;
    },
  };
}

function boundProblems({ evses, stations, pending }: SiteState): readonly string[] {
  const found: string[] = [];
  for (const { id, ledger } of evses.values()) {
    if (ledger.commands.length > COMMANDS_MAX) found.push(`${id}: ${ledger.commands.length} rows`);
  }
  const pendingMax = evses.size * PENDING_EVSE_MAX + stations.size * PENDING_STATION_MAX;
  if (pending.size > pendingMax) found.push(`${pending.size} commands wait for an answer`);
  return found;
}

function commandProblems(
  { command, seq, evseId, stationId, expiresAtMs }: PendingCommand,
  state: SiteState,
  nowMs: number,
): readonly string[] {
  if (expiresAtMs <= nowMs) return [`command ${seq} is born expired`];
  if (command.kind !== 'set-charging-profile') return [];
  const { profile } = command;
  const station = state.stations.get(stationId);
  const evse = state.site.evses.find((it) => it.id === evseId);
  if (station === undefined || evse === undefined) return [`command ${seq} is for nobody`];
  const { evseNumber, transactionId } = profile;
  const facts: RuleFacts = {
    version: station.version ?? 'ocpp1.6',
    smartChargingAvailable: true,
    units: station.capability.units,
    evseCount: state.site.evses.filter((it) => it.stationId === stationId).length,
    transactions: transactionId === undefined ? [] : [{ evseNumber, transactionId }],
    installed: [],
    stackLevelMax: station.capability.stackLevelMax,
    periodsMax: station.capability.periodsMax,
    supplyPhaseCount: 3,
    phaseSwitching: station.capability.takesPhaseToUse === true,
    features: [],
    additionalPurposes: [],
  };
  return checkProfile(installedFrom(profile), facts).map(
    ({ rule, message }) => `profile of ${evseId}: ${rule}: ${message}`,
  );
}
