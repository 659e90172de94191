/**
 * A station that says it goes by more than anything that it was told allows: another system limits it as well, or
 * what it accepted is gone. Its word takes the credit back before samples show what is drawn by that (SAFETY R0,
 * R9), and what leads is cleared. What leads again in the same transaction stays: its EVSE is reserved at its maximum
 * until that is over.
 */
import { worstBetween, worstCaseAt } from '../../ledger/index.js';
import type { EvseLedger } from '../../ledger/types.js';
import type { CompositeSchedule, SchedulePeriod } from '../../profiles/index.js';
import type { Amps } from '../../solver/index.js';
import type { SiteEvse } from '../sites/site.js';
import { ampsOfComposite, unitFor } from './charge-rate.js';
import { CONTACT_START } from './contact-retry.js';
import { type Draft, updateEvse, updateStation, wakeAt } from './draft.js';
import { forgetCreditOf } from './forget-credit.js';
import { isOverdrawn } from './overdraw.js';

/**
 * True where it shows more: then nothing else that it shows is of use. `schedule`: made between `sinceMs` and now;
 * undefined: it has no limit at all.
 */
export function noteShownAbove(
  draft: Draft,
  evse: SiteEvse,
  schedule: CompositeSchedule | undefined,
  sinceMs: number,
): boolean {
  const state = draft.evses.get(evse.id);
  // Without a transaction none of our limits leads, and some show none at all then.
  if (state?.transactionId === undefined || state.contact.step !== 'done') return false;
  const found = foundAbove(draft, evse, state.ledger, { schedule, sinceMs });
  if (found === undefined) return false;
  const { transactionId } = state;
  const isCredited = state.ledger.fallbackIdleA !== undefined;
  const isFirst = state.overruledIn !== transactionId;
  if (!isFirst && !isCredited) return true;
  // A clear is safe above F0 alone (R11): it was shown since the last boot.
  const isCleared = isFirst && isCredited;
  forgetCreditOf(draft, evse.id);
  updateEvse(draft, evse.id, (it) => ({
    ...it,
    overruledIn: transactionId,
    // Read again once nothing hides F0.
    fallbackProvisional: true,
    ...(isCleared ? { contact: { ...CONTACT_START, overruled: 'clears' as const } } : {}),
  }));
  tell(draft, evse, { ...found, isCleared });
  wakeAt(draft, draft.nowMs);
  return true;
}

interface Shown {
  readonly schedule: CompositeSchedule | undefined;
  /** Since when it may have been made. */
  readonly sinceMs: number;
}

interface Found {
  readonly shownA: number;
  readonly mostA: Amps;
}

/**
 * What it shows for now, and at the end of each period, where that is in force by any clock within the budget; above
 * what a meter may be wrong by (R9), since some convert and round. In a unit that was not asked for R12 leaves too
 * little of it.
 */
function foundAbove(
  { nowMs, site, stations }: Draft,
  evse: SiteEvse,
  ledger: EvseLedger,
  { schedule, sinceMs }: Shown,
): Found | undefined {
  const { settings } = site;
  const span = { fromMs: Math.min(sinceMs, nowMs), toMs: nowMs };
  const mostNowA = worstBetween(ledger, span, settings);
  if (schedule === undefined) {
    const shownA = Number.POSITIVE_INFINITY;
    return mostNowA < evse.currentMaxA ? { shownA, mostA: mostNowA } : undefined;
  }
  const station = stations.get(evse.stationId);
  const { startAtMs, durationSec, periods, unit } = schedule;
  const [first] = periods;
  if (station === undefined || unit !== unitFor(station, evse)) return undefined;
  if (first?.startSec !== 0) return undefined;
  const above = (period: SchedulePeriod, mostA: Amps): Found | undefined => {
    const shownA = ampsOfComposite(site, evse, unit, period);
    return isOverdrawn(shownA, mostA) ? { shownA, mostA } : undefined;
  };
  const now = above(first, mostNowA);
  if (now !== undefined || Math.abs(startAtMs - nowMs) > settings.skewSec * 1000) return now;
  for (const [index, period] of periods.entries()) {
    const endSec = periods[index + 1]?.startSec ?? durationSec;
    const lastMs = startAtMs + (endSec - settings.skewSec) * 1000;
    const isLong = endSec - period.startSec > 2 * settings.skewSec;
    const isMeant = isLong && lastMs > nowMs;
    const later = isMeant ? above(period, worstCaseAt(ledger, lastMs, settings)) : undefined;
    if (later !== undefined) return later;
  }
  return undefined;
}

function tell(
  draft: Draft,
  { id, stationId }: SiteEvse,
  { shownA, mostA, isCleared }: Found & { readonly isCleared: boolean },
): void {
  const shown = Number.isFinite(shownA) ? `${shownA.toFixed(1)} A` : 'no limit';
  const done = isCleared
    ? 'limits of others are cleared'
    : 'reserved at its maximum until its transaction is over';
  const detail = `${id} shows ${shown} where it was told at most ${mostA.toFixed(1)} A, ${done}`;
  updateStation(draft, stationId, (it) => ({ ...it, trouble: detail }));
  draft.effects.push({ type: 'alarm', code: 'contact-trouble', stationId, detail });
}
