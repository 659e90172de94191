/**
 * Limits that others set on a station (an energy manager, the grid operator) and that it told us of
 * (K12, K13). The station keeps them by itself, so no guarantee rests on them: they bound our goals,
 * so that what an EVSE may not draw is given to others, and are shown as the reason.
 */
import type { StationId } from '../../solver/index.js';
import type { ExternalLimitStep, StationEvent } from '../ocpp/messages.js';
import type { Site, SiteEvse } from '../sites/site.js';
import { channelCount, channelVoltageV } from './charge-rate.js';
import { type Draft, updateStation, wakeAt, without } from './draft.js';
import type { ExternalLimit, StationState } from './state.js';

/** Sources times EVSEs; more than a real station has. */
const LIMITS_MAX = 16;

type Of<T extends StationEvent['type']> = Extract<StationEvent, { readonly type: T }>;

/** A source has one limit a place: a new one replaces it. */
export function foldLimitNotified(draft: Draft, event: Of<'limit.notified'>): void {
  const { stationId, source, evseNumber, steps } = event;
  replaceLimits(draft, stationId, (known) => {
    const others = known.filter((it) => it.source !== source || it.evseNumber !== evseNumber);
    return [...others, { source, evseNumber, steps }].slice(-LIMITS_MAX);
  });
}

/** Of one EVSE, or of the station and all its EVSEs. */
export function foldLimitCleared(draft: Draft, event: Of<'limit.cleared'>): void {
  const { stationId, source, evseNumber } = event;
  replaceLimits(draft, stationId, (known) =>
    known.filter(
      (it) => it.source !== source || (evseNumber !== 0 && it.evseNumber !== evseNumber),
    ),
  );
}

/** A new connection: that one of them was cleared is not told again. */
export function doubtLimits(draft: Draft, stationId: StationId): void {
  if (draft.stations.get(stationId)?.externalLimits === undefined) return;
  replaceLimits(draft, stationId, (known) => known.map((it) => ({ ...it, isDoubted: true })));
}

/**
 * A part of what the station says that it holds (K09): limits of others that still hold are among it. What no
 * report shows would keep its EVSE at this limit for ever.
 */
export function foldHeldLimits(draft: Draft, event: Of<'profiles.reported'>): void {
  const { stationId, profiles, isLast } = event;
  if (profiles.some(({ purpose }) => purpose === 'external-constraints')) {
    const isDoubted = draft.stations.get(stationId)?.externalLimits?.some((it) => it.isDoubted);
    if (isDoubted !== true) return;
    replaceLimits(draft, stationId, (known) => known.map((it) => without(it, 'isDoubted')));
  } else if (isLast) forgetDoubted(draft, stationId);
}

/** There is no report, or none to be had: nobody says that they still hold. */
export function forgetDoubted(draft: Draft, stationId: StationId): void {
  const known = draft.stations.get(stationId)?.externalLimits ?? [];
  if (known.every((it) => it.isDoubted !== true)) return;
  replaceLimits(draft, stationId, (all) => all.filter((it) => it.isDoubted !== true));
}

function replaceLimits(
  draft: Draft,
  stationId: StationId,
  change: (known: readonly ExternalLimit[]) => readonly ExternalLimit[],
): void {
  updateStation(draft, stationId, (it) => {
    const { externalLimits = [], ...rest } = it;
    const next = change(externalLimits);
    return next.length === 0 ? rest : { ...rest, externalLimits: next };
  });
}

/** The lowest that holds for an EVSE now, A on each phase; a limit on the station bounds each. */
export function externalLimitOf(
  site: Site,
  evse: SiteEvse,
  { externalLimits = [] }: StationState,
  nowMs: number,
): { readonly source: string; readonly limitA: number } | undefined {
  let lowest: { readonly source: string; readonly limitA: number } | undefined;
  for (const { source, evseNumber, steps } of externalLimits) {
    if (evseNumber !== 0 && evseNumber !== evse.evseNumber) continue;
    const step = steps.findLast(({ fromMs }) => fromMs <= nowMs);
    const limitA = step === undefined ? undefined : ampsOf(site, evse, step);
    if (limitA === undefined) continue;
    if (lowest === undefined || limitA < lowest.limitA) lowest = { source, limitA };
  }
  return lowest;
}

/** Asks to be woken when one of them changes. */
export function wakeForLimits(draft: Draft): void {
  for (const { externalLimits = [] } of draft.stations.values()) {
    for (const { steps } of externalLimits) {
      wakeAt(draft, steps.find(({ fromMs }) => fromMs > draft.nowMs)?.fromMs);
    }
  }
}

/** Watts are those of all phases together. */
function ampsOf(site: Site, evse: SiteEvse, step: ExternalLimitStep): number | undefined {
  if (step.limit === undefined || step.unit === 'A') return step.limit;
  return step.limit / ((evse.dc?.efficiencyMin ?? 1) * channelVoltageV(site) * channelCount(evse));
}
