/** Which profile leads within one purpose at one instant. */
import type {
  InstalledPeriod,
  InstalledProfile,
  InstalledPurpose,
  InstalledSchedule,
} from '../installed-profile.js';
import { layerOf, type Layer } from './layer.js';
import { mergeLayers } from './merge.js';
import { occurrenceAt, type Clockwork } from './occurrence.js';

/** What leads, and until when that is certain to stay so (epoch ms; infinite for ever). */
export interface Lead {
  readonly layer?: Layer;
  readonly untilMs: number;
}

/** Profiles of a purpose that concern an EVSE: those installed on one of these numbers. */
export interface Scope {
  readonly purpose: InstalledPurpose;
  readonly evseNumbers: readonly number[];
}

/**
 * The highest stack level that says something at this instant leads. Levels are per moment: when
 * the schedule of the highest ends, the next lower one leads. Equal levels cannot be told apart by
 * the standard; the lower id leads.
 */
export function leadAt(
  profiles: readonly InstalledProfile[],
  scope: Scope,
  atMs: number,
  clockwork: Clockwork,
): Lead {
  const candidates = profiles
    .filter((profile) => isInScope(profile, scope, clockwork))
    .sort((a, b) => b.stackLevel - a.stackLevel || a.id - b.id);
  let untilMs = Infinity;
  for (const profile of candidates) {
    const occurrence = occurrenceAt(profile, atMs, clockwork);
    if (!occurrence) continue;
    untilMs = Math.min(untilMs, occurrence.untilMs);
    if (!occurrence.period) continue;
    return { layer: spokenLayer(occurrence.period, occurrence.schedule, clockwork), untilMs };
  }
  return { untilMs };
}

/** What a period says, lowered from a state of charge on where its schedule says so (2.1). */
function spokenLayer(
  period: InstalledPeriod,
  { unit, limitAtSoc }: InstalledSchedule,
  { station, transaction }: Clockwork,
): Layer {
  const layer = layerOf(period, unit, station.missingPhaseCount);
  const socPercent = transaction?.socPercent;
  if (limitAtSoc === undefined || socPercent === undefined) return layer;
  if (socPercent < limitAtSoc.socPercent) return layer;
  const { phaseToUse: _same, ...phases } = layer;
  const lowered = { ...phases, A: {}, W: {}, [unit]: { limit: limitAtSoc.limit } };
  return mergeLayers([layer, lowered], station);
}

/** Profiles for transactions need one; a TxProfile needs the one that it names. */
function isInScope(profile: InstalledProfile, scope: Scope, clockwork: Clockwork): boolean {
  if (profile.purpose !== scope.purpose) return false;
  if (!scope.evseNumbers.includes(profile.evseNumber)) return false;
  const { transaction } = clockwork;
  switch (profile.purpose) {
    case 'tx':
      return (
        transaction !== undefined &&
        (profile.transactionId === undefined ||
          transaction.transactionId === undefined ||
          profile.transactionId === transaction.transactionId)
      );
    case 'priority-charging':
      return transaction?.priorityActive === true;
    case 'tx-default':
      return transaction !== undefined;
    case 'station-max':
    case 'external-constraints':
    case 'local-generation':
      return true;
  }
}
