/**
 * A station that accepts a TxProfile and goes by its default all the same, by its own composite schedule:
 * leases are told in the place of the default then. Asked twice, half a minute apart, because some need
 * that long to apply what they have accepted. One that goes by what F0 was before it took another level is told
 * at level 0.
 */
import { newestAccepted, valueAt } from '../../ledger/index.js';
import { type CompositeSchedule, START_BACKDATE_SEC } from '../../profiles/index.js';
import type { EvseId } from '../../solver/index.js';
import type { SiteEvse } from '../sites/site.js';
import { evsesOfStation } from '../sites/site-index.js';
import { ampsOfComposite } from './charge-rate.js';
import { doubtCarrier } from './clock-doubt.js';
import { restartContact } from './contact.js';
import { type Draft, updateEvse, updateStation, wakeAt } from './draft.js';
import { clearHidden } from './fold-transaction.js';
import { forgetCredit } from './forget-credit.js';
import { hasTaken, leaseCarrierOf } from './form.js';
import {
  leaseFollowed,
  leaseIgnored,
  leaseRepeated,
  leaseUnfollowed,
  levelIgnored,
} from './ladder.js';
import { isFollowed } from './replacement.js';
import { declaredTrouble } from './profile-room.js';
import type { PendingCommand, StationState } from './state.js';

const APPLIES_WITHIN_MS = 30_000;
/** Limits are rounded down to the station's step. */
const LIMIT_STEP_A = 1;
/** F0 is never cleared for that (R10): who stands before it has to know. */
const STUCK = 'accepts limits in the place of its fallback profile and goes on with an older one';
/** A default of somebody else, which it does not clear: the lesser of both holds. */
const HELD_BACK = 'shows less than its maximum, which it was told: another limit holds it back';

/** `pending`: the read-back that was answered with `schedule`. */
export function noteIgnored(
  draft: Draft,
  evse: SiteEvse,
  schedule: CompositeSchedule,
  pending: PendingCommand,
): void {
  const { site, nowMs } = draft;
  const station = draft.stations.get(evse.stationId);
  const ledger = draft.evses.get(evse.id)?.ledger;
  const newest = ledger === undefined ? undefined : newestAccepted(ledger);
  if (station === undefined || ledger === undefined || newest === undefined) return;
  const { commands, fallbackIdleA = site.settings.fallbackIdleA } = ledger;
  const isBehind = commands.some(({ seq }) => seq > newest.seq) || newest.seq > pending.seq;
  if (isBehind) return;
  if (isFollowed(draft, evse, schedule, newest)) {
    if (station.trouble === STUCK || station.trouble === HELD_BACK) {
      tellTrouble(draft, station, declaredTrouble(draft, station));
    }
    return leaseFollowed(draft, evse);
  }
  if (!hasBegun(station, schedule, nowMs)) return;
  const [first] = schedule.periods;
  const isLimited = (station.externalLimits ?? []).length > 0;
  if (first === undefined || isLimited) return;
  const shownA = ampsOfComposite(site, evse, schedule.unit, first);
  const wantedA = valueAt(newest, nowMs);
  const carrier = leaseCarrierOf(station, evse.id);
  const isOverFallback = carrier !== 'tx';
  if (isOverFallback && shownA < wantedA - LIMIT_STEP_A) clearHidden(draft, evse);
  // A TxProfile that is ignored shows F0; in the place of F0 an older one of it.
  const ignoredA = isOverFallback ? shownA : fallbackIdleA;
  const isHeldBack = carrier === 'station-max' && shownA > fallbackIdleA;
  if (wantedA <= ignoredA + LIMIT_STEP_A || (shownA > fallbackIdleA && !isHeldBack)) return;
  const observed = `accepts ${wantedA} A for a transaction and goes by its default of ${shownA} A`;
  const { sinceMs } = station.form?.leases?.[evse.id]?.ignored ?? {};
  if (sinceMs !== undefined && nowMs < sinceMs + APPLIES_WITHIN_MS) return;
  if (isHeldBack) {
    if (leaseUnfollowed(draft, evse)) tellTrouble(draft, station, HELD_BACK);
  } else if (!isOverFallback) {
    if (!leaseIgnored(draft, evse, observed)) return;
    doubtCarrier(draft, station.id);
    reassert(draft, evse.id);
  } else if (levelIgnored(draft, evse, observed)) {
    forgetCredit(draft, station.id);
    restartContact(draft, station.id);
  } else if (sinceMs !== undefined) tellTrouble(draft, station, STUCK);
}

function tellTrouble(draft: Draft, station: StationState, trouble: string | undefined): void {
  if (station.trouble === trouble) return;
  const { id: stationId } = station;
  updateStation(draft, stationId, (it) => ({ ...it, trouble }));
  if (trouble !== STUCK && trouble !== HELD_BACK) return;
  draft.effects.push({ type: 'alarm', code: 'contact-trouble', stationId, detail: trouble });
}

/**
 * By a clock that is further behind than leases begin early none has begun: it is not ignored, and in the place
 * of F0 it would leave nothing in force (R0).
 */
function hasBegun(station: StationState, { startAtMs }: CompositeSchedule, nowMs: number): boolean {
  return hasTaken(station, 'relative') || startAtMs >= nowMs - START_BACKDATE_SEC * 1000;
}

/** What was ignored once is told once more; in the place of the default if it is ignored again. */
export function repeatIgnored(draft: Draft): void {
  for (const { id, form } of draft.stations.values()) {
    if (form?.leases === undefined) continue;
    for (const evse of evsesOfStation(draft.site, id)) {
      const ignored = form.leases[evse.id]?.ignored;
      if (ignored === undefined || ignored.isRepeated === true) continue;
      const dueMs = ignored.sinceMs + APPLIES_WITHIN_MS;
      if (draft.nowMs < dueMs) {
        wakeAt(draft, dueMs);
        continue;
      }
      leaseRepeated(draft, evse);
      reassert(draft, evse.id);
    }
  }
}

function reassert(draft: Draft, id: EvseId): void {
  const state = draft.evses.get(id);
  const isTold = state !== undefined && newestAccepted(state.ledger) !== undefined;
  if (isTold) updateEvse(draft, id, (it) => ({ ...it, reassert: true }));
}
