/** What was found out of the form in which a station takes its limits, as it is kept with the station. */
import type { EvseId, StationId } from '../../solver/index.js';
import { type Draft, updateStation } from './draft.js';
import { type FormFound, hasTaken, type LeasesSeen, levelOf, type TakenRung } from './form.js';
import { kindOf } from './kind.js';
import type { StationState } from './state.js';

const NOTHING_FOUND = { taken: [], fallbackHeld: false } as const;
const NOTHING_SEEN: LeasesSeen = { held: false, refusals: 0 };

export function seenOf(station: StationState, evseId: EvseId): LeasesSeen {
  return formNow(station)?.leases?.[evseId] ?? NOTHING_SEEN;
}

export function putSeen(
  draft: Draft,
  station: StationState,
  evseId: EvseId,
  change: Partial<LeasesSeen>,
): void {
  const seen = { ...seenOf(station, evseId), ...change };
  putForm(draft, station, { leases: { ...formNow(station)?.leases, [evseId]: seen } });
}

/** The leases that were seen, without those of one EVSE: it is told in another form. */
export function unseen(station: StationState, evseId: EvseId): FormFound['leases'] {
  return { ...formNow(station)?.leases, [evseId]: undefined };
}

/** The rungs that were found out of the kind that it is now. */
export function formTaken(station: StationState): readonly TakenRung[] {
  return formNow(station)?.taken ?? [];
}

/** What was found out of the kind that it is now. */
export function formNow(station: StationState): FormFound | undefined {
  return station.form?.kind === kindOf(station) ? station.form : undefined;
}

/**
 * The level moves with its rung only: what a station declares late, after F0 was told, must not make F0 look
 * like the default of somebody else at another level (R11).
 */
export function putForm(draft: Draft, station: StationState, change: Partial<FormFound>): void {
  const found = formNow(station) ?? { kind: kindOf(station), ...NOTHING_FOUND };
  const form: FormFound = { ...found, ...change };
  const moves = hasTaken({ form }, 'level-0') !== hasTaken({ form: found }, 'level-0');
  updateStation(draft, station.id, (it) => ({
    ...it,
    form,
    stackLevel: moves ? levelOf({ ...it, form }) : it.stackLevel,
  }));
}

/** What it holds is part of its kind's card, and outlives it. */
export function note(draft: Draft, stationId: StationId): void {
  const { form, vendor, model, firmware } = draft.stations.get(stationId) ?? {};
  if (form === undefined || form.taken.length === 0) return;
  if (vendor === undefined || model === undefined) return;
  const kind = { vendor, model, ...(firmware === undefined ? {} : { firmware }) };
  const held = { stationId, kind, rungs: form.taken };
  draft.effects.push({ type: 'form-held', form: held });
}

export function tell(draft: Draft, stationId: StationId, rungs: readonly TakenRung[]): void {
  if (rungs.length === 0) return;
  const where = (evseId: EvseId | undefined) => (evseId === undefined ? '' : ` at ${evseId}`);
  const names = rungs.map(({ rung, evseId }) => `${rung}${where(evseId)}`).join(', ');
  const detail = `${rungs[0]?.observed ?? ''}: limits are now told by ${names}`;
  draft.effects.push({ type: 'alarm', code: 'form-changed', stationId, detail });
}
