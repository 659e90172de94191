/**
 * R6 while a lease runs: its end is an instant of the station's clock, which somebody may set after the
 * composite schedule had shown that it was right. A sample that is stamped later than it came, or came long
 * after its stamp, says that the clock is wrong or the way is slow. Which of the two is not asked: leases
 * earn no credit any more until the schedule, read back at once, shows the boundary again. What the station
 * says that it had to keep is late for that: a clock that is slow is seen by the next sample that it did not.
 */
import { clockDoubted, FLIGHT_MAX_SEC, inForce, newestAccepted } from '../../ledger/index.js';
import { START_BACKDATE_SEC } from '../../profiles/index.js';
import type { StationId } from '../../solver/index.js';
import type { StationEvent } from '../ocpp/messages.js';
import type { SiteEvse } from '../sites/site.js';
import { evsesOfStation } from '../sites/site-index.js';
import { restartContact } from './contact.js';
import { type Draft, plan, updateEvse, updateStation } from './draft.js';
import { forgetCredit } from './forget-credit.js';
import { unitFor } from './charge-rate.js';
import { leaseCarrierOf } from './form.js';
import type { StationState } from './state.js';

/** A sample may be read, and may travel, for this part of the skew budget. */
const LATE_FRACTION = 0.5;

type Sampled = Extract<StationEvent, { type: 'meter.sampled' | 'transaction.updated' }>;

export function watchClock(draft: Draft, event: Sampled): void {
  const { stationId, samples, receivedAtMs } = event;
  const stamps = samples.map(({ atMs, stampedAtMs = atMs }) => stampedAtMs);
  const stampedAtMs = Math.max(...stamps);
  if (!Number.isFinite(stampedAtMs)) return;
  const skewMs = draft.site.settings.skewSec * 1000;
  const behindMs = receivedAtMs - stampedAtMs;
  const isStored = event.type === 'transaction.updated' && event.isStored === true;
  const isRight = behindMs >= -skewMs && behindMs <= skewMs * (1 + LATE_FRACTION);
  const isLate = isStored && behindMs > 0;
  if (!isLate) noteBehind(draft, stationId, behindMs > START_BACKDATE_SEC * 1000);
  if (isRight || isLate) return;
  doubtClock(draft, stationId);
}

/** By such a clock leases do not take the place of F0: see `ladder.ts`. */
function noteBehind(draft: Draft, stationId: StationId, isBehind: boolean): void {
  const clockBehind = isBehind ? true : undefined;
  if (draft.stations.get(stationId)?.clockBehind === clockBehind) return;
  updateStation(draft, stationId, (it) => ({ ...it, clockBehind }));
}

function doubtClock(draft: Draft, stationId: StationId): void {
  const station = draft.stations.get(stationId);
  if (station !== undefined && leaseCarrierOf(station, undefined) !== 'tx') {
    return doubtFallback(draft, station);
  }
  for (const evse of evsesOfStation(draft.site, stationId)) {
    if (draft.evses.get(evse.id)?.ledger.leaseShown !== true) continue;
    updateEvse(draft, evse.id, (it) => ({ ...it, ledger: clockDoubted(it.ledger) }));
    readBack(draft, evse);
  }
}

/**
 * A lease that is written over F0 leaves nothing in force where it has not begun by that clock (R0). So F0
 * is not believed before the clock has been right for as long as a call may be under way.
 */
function doubtFallback(draft: Draft, { id, stage }: StationState): void {
  const unsettledUntilMs = draft.nowMs + FLIGHT_MAX_SEC * 1000;
  updateStation(draft, id, (it) => ({
    ...it,
    unsettledUntilMs: Math.max(it.unsettledUntilMs ?? 0, unsettledUntilMs),
  }));
  const own = evsesOfStation(draft.site, id).map((it) => draft.evses.get(it.id)?.ledger);
  if (own.every((it) => it?.fallbackIdleA === undefined)) return;
  forgetCredit(draft, id);
  if (stage === 'ready' || stage === 'installing') restartContact(draft, id);
}

/** Where a lease still holds more than its tail; otherwise the next one is read back by itself. */
function readBack(draft: Draft, evse: SiteEvse): void {
  const { nowMs, site } = draft;
  const state = draft.evses.get(evse.id);
  const station = draft.stations.get(evse.stationId);
  const newest = state === undefined ? undefined : newestAccepted(state.ledger);
  if (state === undefined || station === undefined || newest === undefined) return;
  if (station.stage !== 'ready' || state.transactionId === undefined) return;
  if (inForce(state.ledger, nowMs) <= newest.tailA) return;
  const aheadSec = Math.ceil((newest.boundaryAtMs - nowMs) / 1000);
  plan(draft, {
    stationId: station.id,
    evseId: evse.id,
    purpose: 'lease-read-back',
    command: {
      kind: 'get-composite-schedule',
      evseNumber: evse.evseNumber,
      durationSec: aheadSec + 4 * site.settings.skewSec,
      unit: unitFor(station, evse),
    },
  });
}
