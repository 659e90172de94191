/** Whether what a station shows is what it was told in first contact (SAFETY R0). */
import type { ChargingProfile, CompositeSchedule } from '../../profiles/index.js';
import type { SiteEvse } from '../sites/site.js';
import { ampsOfComposite, LIMIT_TOLERANCE_A } from './charge-rate.js';
import { type Amps, amps } from '../../solver/index.js';
import { type Draft, updateEvse } from './draft.js';
import type { EvseState } from './state.js';

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

/** F0 is told: until it is shown, what was told or seen before may hold in its place (R1). */
export function noteFallbackTold(draft: Draft, { id }: SiteEvse, profile: ChargingProfile): void {
  const fallbackForm = formText(profile);
  raiseTo(draft, id, draft.site.settings.fallbackIdleA);
  updateEvse(draft, id, (it) => (it.fallbackForm === fallbackForm ? it : { ...it, fallbackForm }));
}

/**
 * F0 was shown to hold, and is to be told in another form, since another EVSE of its station refused that one: it
 * stays. Of the other form nobody knows, and at another level a default of somebody else may lead (R0, R11).
 */
export function holdsInOtherForm(
  { ledger, fallbackForm }: EvseState,
  profile: ChargingProfile,
): boolean {
  return ledger.fallbackIdleA !== undefined && fallbackForm !== formText(profile);
}

function formText({ purpose, stackLevel, unit, kind }: ChargingProfile): string {
  return `${purpose} ${stackLevel} ${unit} ${kind ?? 'absolute'}`;
}

/** More than F0 was shown: of whatever it comes, only a schedule without it disproves that. */
export function noteFallbackExceeded(draft: Draft, { id, currentMaxA }: SiteEvse): void {
  raiseTo(draft, id, currentMaxA);
}

/** Where it was never shown nothing bounds it, and that stays so. */
function raiseTo(draft: Draft, id: SiteEvse['id'], currentA: Amps): void {
  updateEvse(draft, id, (it) => {
    const { fallbackMayBeA = currentA } = it;
    return fallbackMayBeA >= currentA ? it : { ...it, fallbackMayBeA: currentA };
  });
}

/**
 * What may hold without a TxProfile once a composite schedule stayed within F0: F0, or while a lease of ours
 * hides it the most that was told or seen since it was last shown. Never shown, or not in the form of now, it
 * may be of no effect.
 */
export function fallbackNow(
  draft: Draft,
  { currentMaxA, stationId }: SiteEvse,
  state: EvseState,
): Amps {
  const { fallbackIdleA } = draft.site.settings;
  const { fallbackMayBeA = currentMaxA } = state;
  if (!isHidden(state)) return fallbackIdleA;
  if (draft.stations.get(stationId)?.form?.fallbackHeld !== true) return currentMaxA;
  return amps(Math.max(fallbackIdleA, fallbackMayBeA));
}

/** A lease of ours may lead, so that no composite schedule shows F0. */
export function isHidden({ transactionId, ledger }: EvseState): boolean {
  return transactionId !== undefined && ledger.commands.length > 0;
}
