/**
 * A call of first contact, or a clear, that nobody answered may be applied as long as any call may be under way (SAFETY
 * R3, R10): a clear that was for defaults of others, or F0 in a form that is of no effect, at a lower level
 * or of more amperes. Where F0 stands otherwise since, either would take it away behind its read-back. A clear of
 * limits of transactions may take one away before the next is told, which shows of replacement nothing (R1).
 */
import { FLIGHT_MAX_SEC } from '../../ledger/index.js';
import { type ChargingProfile, profileIdOf } from '../../profiles/index.js';
import type { StationId } from '../../solver/index.js';
import type { ClearCriteria } from '../ocpp/messages.js';
import type { SiteEvse } from '../sites/site.js';
import { type Draft, updateStation } from './draft.js';
import { forgetCredit } from './forget-credit.js';
import type { PendingCommand, StationState } from './state.js';

/** What tells one form of F0 from another. */
type FallbackForm = Pick<
  ChargingProfile,
  'id' | 'purpose' | 'evseNumber' | 'stackLevel' | 'unit' | 'kind'
>;

type Effect =
  | { readonly kind: 'clear-by-id'; readonly profileId: number }
  | { readonly kind: 'clear'; readonly criteria: ClearCriteria }
  | { readonly kind: 'fallback'; readonly form: FallbackForm; readonly limit: number };

export interface UnknownCall {
  readonly effect: Effect;
  readonly untilMs: number;
}

/**
 * `pending` ended without an answer; `forgotten`: nobody will be told of its end, and its row may leave as
 * late as it expires.
 */
export function noteUnknownCall(
  draft: Draft,
  pending: PendingCommand,
  end: 'ended' | 'forgotten' = 'ended',
): void {
  const effect = effectOf(pending);
  if (effect === undefined) return;
  const { nowMs } = draft;
  const leftMs = end === 'forgotten' ? Math.max(nowMs, pending.expiresAtMs) : nowMs;
  const untilMs = leftMs + FLIGHT_MAX_SEC * 1000;
  const key = JSON.stringify(effect);
  updateStation(draft, pending.stationId, (it) => {
    const known = (it.unknownCalls ?? []).filter((old) => old.untilMs > nowMs);
    const isSame = (old: UnknownCall): boolean => JSON.stringify(old.effect) === key;
    const lastMs = known.find(isSame)?.untilMs ?? 0;
    const others = known.filter((old) => !isSame(old));
    return { ...it, unknownCalls: [...others, { effect, untilMs: Math.max(lastMs, untilMs) }] };
  });
}

function effectOf({ purpose, command }: PendingCommand): Effect | undefined {
  if (purpose !== 'contact' && purpose !== 'clear-transaction') return undefined;
  if (command.kind === 'set-charging-profile') {
    if (purpose !== 'contact') return undefined;
    const { profile } = command;
    return { kind: 'fallback', form: formOf(profile), limit: limitOf(profile) };
  }
  if (command.kind !== 'clear-charging-profile') return undefined;
  const { profileId, criteria } = command;
  if (profileId !== undefined) return { kind: 'clear-by-id', profileId };
  return criteria === undefined ? undefined : { kind: 'clear', criteria };
}

/** What the station follows in the transaction of an EVSE may be gone by a clear that nobody has answered. */
export function mayBeCleared(
  { nowMs, stations, pending }: Draft,
  { id, stationId, evseNumber }: SiteEvse,
): boolean {
  const isClear = (it: PendingCommand): boolean =>
    it.evseId === id && it.command.kind === 'clear-charging-profile';
  if ([...pending.values()].some(isClear)) return true;
  const { unknownCalls = [], capability } = stations.get(stationId) ?? {};
  const profileId = profileIdOf('tx', evseNumber, capability?.externalIdMax);
  return unknownCalls.some(({ effect, untilMs }) => {
    if (untilMs <= nowMs || effect.kind === 'fallback') return false;
    if (effect.kind === 'clear-by-id') return effect.profileId === profileId;
    const { purpose = 'tx', evseNumber: place = evseNumber } = effect.criteria;
    return purpose === 'tx' && place === evseNumber;
  });
}

/**
 * F0 is told as `profile`: while a call may yet take it away nothing that is read back is believed, nor what
 * was read back before.
 */
export function distrustWhileUnknown(
  draft: Draft,
  stationId: StationId,
  profile: ChargingProfile,
): void {
  const station = draft.stations.get(stationId);
  if (station === undefined) return;
  const untilMs = (station.unknownCalls ?? []).reduce(
    (latestMs, it) =>
      takesAway(it.effect, profile, station) ? Math.max(latestMs, it.untilMs) : latestMs,
    draft.nowMs,
  );
  if (untilMs <= draft.nowMs) return;
  forgetCredit(draft, stationId);
  updateStation(draft, stationId, (it) => ({
    ...it,
    unsettledUntilMs: Math.max(it.unsettledUntilMs ?? 0, untilMs),
  }));
}

function takesAway(effect: Effect, profile: ChargingProfile, station: StationState): boolean {
  if (effect.kind === 'clear-by-id') return effect.profileId === profile.id;
  if (effect.kind === 'fallback') return undoes(effect, profile, station);
  const { evseNumber, purpose, stackLevel } = effect.criteria;
  if (evseNumber !== undefined && evseNumber !== profile.evseNumber) return false;
  if (purpose !== undefined && purpose !== profile.purpose) return false;
  // A station that keeps the older of two profiles with one id has F0 where it was first told.
  const levels = [profile.stackLevel, ...(station.levelsTold ?? [])];
  return stackLevel === undefined || levels.includes(stackLevel);
}

/** A profile takes the place of the one that has its id. */
function undoes(
  { form, limit }: Extract<Effect, { kind: 'fallback' }>,
  profile: ChargingProfile,
  station: StationState,
): boolean {
  if (form.id !== profile.id) return false;
  // Of defaults of others a read-back shows those above F0 alone: one below it would lead.
  if (form.stackLevel < profile.stackLevel) return true;
  if (limit > (form.unit === profile.unit ? limitOf(profile) : 0)) return true;
  // Where no form was found wanting, F0 is followed in any.
  const isTried = (station.form?.taken.length ?? 0) > 0;
  return isTried && JSON.stringify(form) !== JSON.stringify(formOf(profile));
}

function limitOf({ periods }: ChargingProfile): number {
  return Math.max(...periods.map(({ limit }) => limit));
}

function formOf({
  id,
  purpose,
  evseNumber,
  stackLevel,
  unit,
  kind,
}: ChargingProfile): FallbackForm {
  return { id, purpose, evseNumber, stackLevel, unit, ...(kind === undefined ? {} : { kind }) };
}
