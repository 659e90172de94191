/** Whether what a station shows is what it was told in first contact (SAFETY R0). */
import type { CompositeSchedule } from '../../profiles/index.js';
import type { SiteEvse } from '../sites/site.js';
import { ampsOfComposite } from './charge-rate.js';
import type { Draft } from './draft.js';
import type { EvseState } from './state.js';

/** An OCPP limit has one decimal. */
const LIMIT_TOLERANCE_A = 0.05;

/**
 * Nothing above F0, or, while a transaction runs, nothing above what we ourselves may have told it.
 */
export function withinFallback(
  draft: Draft,
  evse: SiteEvse,
  state: EvseState,
  schedule: CompositeSchedule,
): boolean {
  const own = state.transactionId === undefined ? [] : state.ledger.commands;
  const boundA = own.reduce<number>(
    (maxA, command) => Math.max(maxA, command.grantA, command.tailA),
    draft.site.settings.fallbackIdleA,
  );
  return schedule.periods.every(
    (period) =>
      ampsOfComposite(draft.site, evse, schedule.unit, period) <= boundA + LIMIT_TOLERANCE_A,
  );
}
