/** When the same input would first be answered differently although nothing has happened. */
import type { Scene } from './offer.js';
import { ownSettings } from './own-settings.js';
import type { Place } from './place.js';
import { lastCallAtMs, leaseDueAtMs, stepDueAtMs } from './renewal.js';
import { commandEndsAtMs } from './worst-case.js';

/**
 * The earliest future instant at which W falls (a cut settled, a lease or an unknown command
 * ended), a tier starts, a lease is due or over, or a hold on a raise ends. Undefined: never.
 */
export function nextWakeAtMs({ input }: Scene, places: readonly Place[]): number | undefined {
  const { nowMs, settings, tiers } = input;
  let wakeAtMs = Number.POSITIVE_INFINITY;
  const consider = (atMs: number | undefined): void => {
    if (atMs !== undefined && atMs > nowMs && atMs < wakeAtMs) wakeAtMs = atMs;
  };
  for (const { fromMs } of tiers) consider(fromMs);
  for (const { evse, worst, unconfirmed, accepted, granted } of places) {
    consider(worst[1]?.fromMs);
    consider(evse.ledger.phaseCredit?.untilMs);
    if (unconfirmed !== undefined) {
      consider(unconfirmed.boundaryAtMs);
      consider(commandEndsAtMs(unconfirmed, ownSettings(evse.ledger, settings)));
    }
    if (evse.goal === undefined || !evse.controllable) continue;
    consider(evse.raiseNotBeforeMs);
    for (const leased of [accepted, granted]) {
      if (leased === undefined) continue;
      consider(leaseDueAtMs(leased, evse));
      consider(lastCallAtMs(leased, evse.leaseSec));
      consider(leased.boundaryAtMs);
      consider(stepDueAtMs(leased, evse.leaseSec, nowMs));
      for (const { fromMs } of leased.steps ?? []) consider(fromMs);
    }
  }
  return Number.isFinite(wakeAtMs) ? wakeAtMs : undefined;
}
