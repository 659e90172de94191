/**
 * How a station is told its limits: in the form that costs least of those that it takes. A rung is one
 * step down from the preferred form. Which ones are taken is found out from what the station refuses or
 * does not follow, never looked up by its name, and is found out anew for another firmware.
 */
import type { ProfilePurpose, RateUnit } from '../../profiles/index.js';
import type { StationId } from '../../solver/index.js';
import { evsesOfStation } from '../sites/site-index.js';
import { type Draft, updateEvse, updateStation } from './draft.js';
import { kindOf } from './kind.js';
import type { Kind } from './smart-charging-test/card.js';
import type { StationState } from './state.js';

/**
 * - `level-0`      stack level 0 in place of the highest declared one
 * - `watts`        W in place of A
 * - `relative`     kind Relative in place of Absolute: nobody knows when a lease ends, so that none counts
 *                  as ending (no lease credit)
 * - `tx-default`   leases written over F0, as TxDefaultProfile, in place of a TxProfile
 * - `station-max`  F0 and leases as maximum of the station, where it has one EVSE
 * - `clear-first`  a lease is cleared before the next is set; never F0 (SAFETY R10)
 */
export type Rung = 'level-0' | 'watts' | 'relative' | 'tx-default' | 'station-max' | 'clear-first';

/** On what it showed itself. `kept`: a profile that was accepted, under the id of one still followed. */
export type RungCause = 'fallback' | 'lease' | 'kept';

export interface TakenRung {
  readonly rung: Rung;
  readonly on: RungCause;
  /** What was observed in the form above. */
  readonly observed: string;
  readonly sinceMs: number;
}

/** The form of a station as found out so far. */
export interface FormFound {
  /** Vendor, model and firmware of which it was found out. */
  readonly kind: string | undefined;
  readonly taken: readonly TakenRung[];
  /** F0 was read back in this form: a refusal of it is no news of the form. */
  readonly fallbackHeld: boolean;
  /** F0 stays at this level while transactions hide it from a read-back. */
  readonly level?: number | undefined;
  /** A lease was accepted in this form. */
  readonly leaseHeld: boolean;
  /** Leases refused in a row in this form. */
  readonly leaseRefusals: number;
  /** A lease was accepted and not gone by, since then; told again since. Absent: none, or not any more. */
  readonly ignored?: { readonly sinceMs: number; readonly isRepeated?: true } | undefined;
}

/** A form that was taken, of a station that has said what it is. */
export interface FormHeld {
  readonly stationId: StationId;
  readonly kind: Kind;
  readonly rungs: readonly TakenRung[];
}

/**
 * In the order in which they are tried. A lease over F0 and the maximum of a station keep their end, a
 * Relative one does not. F0 was taken at this level and in this unit when a lease is refused.
 */
const CANDIDATES: Readonly<Record<'fallback' | 'lease', readonly Rung[]>> = {
  fallback: ['level-0', 'watts', 'relative', 'station-max'],
  lease: ['tx-default', 'station-max', 'relative'],
};
/** Rungs that a lease alone is told by. */
const CLIMBED: readonly Rung[] = ['tx-default', 'clear-first'];
/** A refusal may be about the moment; a second one in a row is about the form. */
const LEASE_REFUSALS = 2;

const NOTHING_FOUND = {
  taken: [],
  fallbackHeld: false,
  leaseHeld: false,
  leaseRefusals: 0,
} as const;

export function hasTaken({ form }: Pick<StationState, 'form'>, rung: Rung): boolean {
  return form !== undefined && form.taken.some((it) => it.rung === rung);
}

/** In which our profiles are written. */
export function unitOf(station: Pick<StationState, 'capability' | 'form'>): RateUnit {
  return station.capability.units.includes('A') && !hasTaken(station, 'watts') ? 'A' : 'W';
}

/** The purpose that carries F0, and the one that carries leases. */
export function carrierOf(
  station: Pick<StationState, 'form'>,
  of: 'fallback' | 'lease',
): ProfilePurpose {
  if (hasTaken(station, 'station-max')) return 'station-max';
  return of === 'fallback' || hasTaken(station, 'tx-default') ? 'tx-default' : 'tx';
}

/** The level of our profiles. Highest where it may be: a foreign profile above ours would lead. */
export function levelOf({ capability, form }: Pick<StationState, 'capability' | 'form'>): number {
  if (form?.level !== undefined) return form.level;
  return form !== undefined && hasTaken({ form }, 'level-0') ? 0 : capability.stackLevelMax;
}

/** Another firmware is another station: everything is tried from the top again. */
export function forgetForm(draft: Draft, stationId: StationId): void {
  const station = draft.stations.get(stationId);
  if (station === undefined || formNow(station) === station.form) return;
  updateStation(draft, stationId, (it) => ({ ...it, form: undefined }));
  distrustReplacement(draft, stationId);
}

/**
 * F0 was refused, or is not followed. False: no other form is left, and it starts from the top. An error
 * may have nothing to do with the form; but some answer one to a level that they do not know.
 */
export function fallbackRefused(
  draft: Draft,
  stationId: StationId,
  { observed, isError }: { readonly observed: string; readonly isError: boolean },
): boolean {
  const station = draft.stations.get(stationId);
  if (station === undefined) return false;
  if (isError && station.stackLevel === 0) return false;
  // A lease moved F0 to where it is refused: that form of a lease was none.
  const isMoved = station.form?.taken.some((it) => it.on === 'lease' && it.rung !== 'tx-default');
  return fall(draft, station, { on: isMoved === true ? 'lease' : 'fallback', observed });
}

/** True: another form is tried at once. */
export function leaseRefused(draft: Draft, stationId: StationId, observed: string): boolean {
  const station = draft.stations.get(stationId);
  if (station === undefined || station.form?.leaseHeld === true) return false;
  const leaseRefusals = (station.form?.leaseRefusals ?? 0) + 1;
  if (leaseRefusals >= LEASE_REFUSALS) return fall(draft, station, { on: 'lease', observed });
  putForm(draft, station, { leaseRefusals });
  return false;
}

/** What its composite schedule shows is the lease. */
export function leaseFollowed(draft: Draft, stationId: StationId): void {
  const station = draft.stations.get(stationId);
  if (station?.form?.ignored !== undefined) putForm(draft, station, { ignored: undefined });
}

/**
 * A lease was accepted and the default is gone by. True: seen for the second time, so that leases are
 * told in its place from now on.
 */
export function leaseIgnored(draft: Draft, stationId: StationId, observed: string): boolean {
  const station = draft.stations.get(stationId);
  if (station === undefined || carrierOf(station, 'lease') !== 'tx') return false;
  if (formNow(station)?.ignored === undefined) {
    putForm(draft, station, { ignored: { sinceMs: draft.nowMs } });
    return false;
  }
  const rung: TakenRung = { rung: 'tx-default', on: 'lease', observed, sinceMs: draft.nowMs };
  const taken = (formNow(station)?.taken ?? []).filter((it) => it.on !== 'kept');
  tell(draft, stationId, [rung]);
  putForm(draft, station, {
    taken: [...taken, rung],
    ignored: undefined,
    leaseHeld: false,
    leaseRefusals: 0,
  });
  return true;
}

/**
 * A smart-charging test was passed: the rung that a lease was told by last is left again, since what was
 * observed then may have been of the moment. Not where F0 would have to move with it. Undefined: none.
 */
export function climb(draft: Draft, stationId: StationId): Rung | undefined {
  const station = draft.stations.get(stationId);
  const taken = station === undefined ? [] : (formNow(station)?.taken ?? []);
  const last = taken.at(-1);
  if (station === undefined || last === undefined || !CLIMBED.includes(last.rung)) return undefined;
  putForm(draft, station, { taken: taken.slice(0, -1), leaseHeld: false, leaseRefusals: 0 });
  distrustReplacement(draft, stationId);
  const detail = `a smart-charging test was passed: limits are told without ${last.rung} again`;
  draft.effects.push({ type: 'alarm', code: 'form-changed', stationId, detail });
  return last.rung;
}

/** R1: of a form that has not shown it yet. */
function distrustReplacement(draft: Draft, stationId: StationId): void {
  for (const { id } of evsesOfStation(draft.site, stationId)) {
    updateEvse(draft, id, (it) => ({ ...it, ledger: { ...it.ledger, replacesUnshown: true } }));
  }
}

/**
 * Accepted under the id of a profile that it goes on to follow. False: what is in the place of F0 cannot
 * be cleared first (R10), and what it keeps counts until its own end.
 */
export function clearFirst(draft: Draft, stationId: StationId, observed: string): boolean {
  const station = draft.stations.get(stationId);
  if (station === undefined || hasTaken(station, 'clear-first')) return false;
  if (carrierOf(station, 'lease') !== 'tx') return false;
  const rung: TakenRung = { rung: 'clear-first', on: 'kept', observed, sinceMs: draft.nowMs };
  tell(draft, stationId, [rung]);
  putForm(draft, station, { taken: [...(formNow(station)?.taken ?? []), rung] });
  note(draft, stationId);
  return true;
}

/**
 * What a station declares was read anew. While a transaction runs, its TxProfile hides from a read-back
 * whether F0 is taken at another level than before: it is left where it was read back (R0, R11).
 */
export function settleLevel(draft: Draft, stationId: StationId): void {
  const station = draft.stations.get(stationId);
  if (station === undefined) return;
  const isHidden = evsesOfStation(draft.site, stationId).some(
    ({ id }) => draft.evses.get(id)?.transactionId !== undefined,
  );
  const known = formNow(station);
  const level = isHidden && known?.fallbackHeld === true ? station.stackLevel : undefined;
  if (level !== known?.level) putForm(draft, station, { level });
  updateStation(draft, stationId, (it) => ({ ...it, stackLevel: levelOf(it) }));
}

/** F0 was read back. */
export function holdFallback(draft: Draft, stationId: StationId): void {
  const station = draft.stations.get(stationId);
  if (station === undefined || station.form?.fallbackHeld === true) return;
  putForm(draft, station, { fallbackHeld: true });
  note(draft, stationId);
}

/** F0 was refused for what others left, not for its form: it is told in the preferred one again. */
export function preferFallback(draft: Draft, stationId: StationId): void {
  const station = draft.stations.get(stationId);
  if (station === undefined) return;
  const taken = (formNow(station)?.taken ?? []).filter(({ on }) => on !== 'fallback');
  putForm(draft, station, { taken, fallbackHeld: false, level: undefined });
}

/** A lease was accepted; one that was still under way in another form says nothing of this one. */
export function holdLease(draft: Draft, stationId: StationId, purpose: ProfilePurpose): void {
  const station = draft.stations.get(stationId);
  if (station === undefined || carrierOf(station, 'lease') !== purpose) return;
  if (station.form?.leaseHeld === true) return;
  putForm(draft, station, { leaseHeld: true, leaseRefusals: 0 });
  note(draft, stationId);
}

/** A lease was refused, and the form that is tried next is another for F0 as well. */
export function movesFallback(draft: Draft, stationId: StationId): boolean {
  const station = draft.stations.get(stationId);
  return station !== undefined && carrierOf(station, 'fallback') === 'station-max';
}

/**
 * To the next form: those with the fewest rungs come first, so that what is held in the end has none
 * that it would not need.
 */
function fall(
  draft: Draft,
  station: StationState,
  { on, observed }: { readonly on: 'fallback' | 'lease'; readonly observed: string },
): boolean {
  const taken = formNow(station)?.taken ?? [];
  const others = taken.filter((it) => it.on !== on);
  const candidates = CANDIDATES[on].filter(
    (rung) => isOpen(draft, station, rung) && !others.some((it) => it.rung === rung),
  );
  const sets = fewestFirst(candidates).filter(
    (set) => !set.includes('station-max') || isAlone(set),
  );
  const now = taken.filter((it) => it.on === on).map(({ rung }) => rung);
  const at = sets.findIndex((set) => isSame(set, now));
  const next = sets[at + 1];
  const sinceMs = draft.nowMs;
  const rungs = (next ?? []).map((rung): TakenRung => ({ rung, on, observed, sinceMs }));
  tell(draft, station.id, rungs);
  putForm(draft, station, {
    taken: [...others, ...rungs],
    leaseRefusals: 0,
    leaseHeld: false,
    level: undefined,
    ...(on === 'fallback' ? { fallbackHeld: false } : {}),
  });
  return next !== undefined;
}

/** Whether it would change anything, and may be used. */
function isOpen(draft: Draft, { id, capability }: StationState, rung: Rung): boolean {
  switch (rung) {
    case 'level-0':
      return capability.stackLevelMax > 0;
    case 'watts':
      return capability.units.includes('A') && capability.units.includes('W');
    // What limits a whole station does not say who of several takes it.
    case 'station-max':
      return evsesOfStation(draft.site, id).length === 1;
    default:
      return true;
  }
}

/** All subsets by size, then in the order of the list; the empty one first. */
function fewestFirst(rungs: readonly Rung[]): readonly (readonly Rung[])[] {
  const sets = Array.from({ length: 2 ** rungs.length }, (_, mask) =>
    rungs.filter((_rung, bit) => (mask & (2 ** bit)) !== 0),
  );
  return sets.sort((a, b) => a.length - b.length);
}

/** It takes the place of a default, and must not be Relative. */
function isAlone(set: readonly Rung[]): boolean {
  return !set.includes('tx-default') && !set.includes('relative');
}

function isSame(a: readonly Rung[], b: readonly Rung[]): boolean {
  return a.length === b.length && a.every((it) => b.includes(it));
}

/** What was found out of the kind that it is now. */
function formNow(station: StationState): FormFound | undefined {
  return station.form?.kind === kindOf(station) ? station.form : undefined;
}

/**
 * The level moves with its rung only: what a station declares late, after F0 was told, must not make F0 look
 * like the default of somebody else at another level (R11).
 */
function putForm(draft: Draft, station: StationState, change: Partial<FormFound>): void {
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
function note(draft: Draft, stationId: StationId): void {
  const { form, vendor, model, firmware } = draft.stations.get(stationId) ?? {};
  if (form === undefined || form.taken.length === 0) return;
  if (vendor === undefined || model === undefined) return;
  const kind = { vendor, model, ...(firmware === undefined ? {} : { firmware }) };
  const held = { stationId, kind, rungs: form.taken };
  draft.effects.push({ type: 'form-held', form: held });
}

function tell(draft: Draft, stationId: StationId, rungs: readonly TakenRung[]): void {
  if (rungs.length === 0) return;
  const names = rungs.map(({ rung }) => rung).join(', ');
  const detail = `${rungs[0]?.observed ?? ''}: limits are now told by ${names}`;
  draft.effects.push({ type: 'alarm', code: 'form-changed', stationId, detail });
}
