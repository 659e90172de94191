/** Profiles of one virtual station: install, clear, composite; the answers of a real one. */
import type { ChargingProfile, SchedulePeriod } from '../../profiles/charging-profile.js';
import type { CommandOutcome, StationCommand } from '../../src/ocpp/messages.js';
import type { Fuss, LeftProfile, StationSpec } from './scenario.js';
import { phaseCountOf, type SimEvse } from './sim-evse.js';
import {
  followed,
  leading,
  leadingDefault,
  PERIOD_SEC,
  periodsFrom,
  type StoredProfile,
  wattsPerAmp,
} from './station-schedule.js';

export interface ProfileBook {
  readonly all: () => readonly StoredProfile[];
  install(profile: ChargingProfile, evse: SimEvse | undefined): CommandOutcome;
  clear(command: Of<'clear-charging-profile'>): CommandOutcome;
  composite(command: Of<'get-composite-schedule'>, evse: SimEvse, nowMs: number): CommandOutcome;
  /** 2.1: without those that have lapsed since the link was lost. */
  validSince(offlineMs: number, nowMs: number): readonly StoredProfile[];
  /** When they lapse, if it is lost from then on. */
  lapsesAtMs(offlineMs: number): readonly number[];
  /** What had lapsed does not come back with the link. */
  linkBack(offlineMs: number, nowMs: number): void;
  /** Removes what a refused call took with it. */
  drop(profile: ChargingProfile): void;
  forget(purpose: ChargingProfile['purpose'] | 'all'): void;
  /** Somebody else's default of the hardware maximum leads from now on. */
  unbind(): void;
  /** Somebody else's limit on its running transaction leads from now on. */
  limitByOther(evse: SimEvse, other: OtherLimit): void;
  /** Such a limit is there, and leads. */
  readonly isLimitedByOther: (evse: SimEvse) => boolean;
}

interface OtherLimit {
  readonly limitA: number;
  readonly isAbove: boolean;
  readonly nowMs: number;
}

/** Of the profile of another system on a transaction. */
const OTHER_TX_ID = 77;

type Of<K extends StationCommand['kind']> = Extract<StationCommand, { readonly kind: K }>;

export function createProfileBook(spec: StationSpec, evseNumbers: readonly number[]): ProfileBook {
  const { foreign, left = [] } = spec;
  let stored: StoredProfile[] = [
    ...(foreign === undefined ? [] : evseNumbers.map((it) => foreignDefault(it, spec, foreign))),
    ...left.map((it) => leftProfile(it, spec)),
  ];

  function change({ outcome, stored: next }: Changed): CommandOutcome {
    stored = [...next];
    return outcome;
  }

  return {
    all: () => stored,
    install: (profile, evse) => change(installed(spec, stored, profile, evse)),
    clear: (command) => change(cleared(spec, stored, command)),
    composite(command, evse, nowMs) {
      if (spec.composite === 'unsupported') return { status: 'not-supported', detail: 'no' };
      if (spec.composite === 'empty') return { status: 'accepted' };
      if (nowMs < (evse.tx?.startedAtMs ?? 0) + (spec.compositeBusyMs ?? 0)) {
        return { status: 'rejected', detail: 'busy' };
      }
      return compositeOf(spec, stored, command, evse, nowMs);
    },
    validSince: (offlineMs, nowMs) => stored.filter((it) => lapseAtMs(it, offlineMs) > nowMs),
    lapsesAtMs: (offlineMs) =>
      stored.map((it) => lapseAtMs(it, offlineMs)).filter((it) => Number.isFinite(it)),
    linkBack(offlineMs, nowMs) {
      stored = stored.filter((it) => lapseAtMs(it, offlineMs) > nowMs);
    },
    drop(profile) {
      stored = stored.filter((old) => old.id !== profile.id);
    },
    forget(purpose) {
      stored = purpose === 'all' ? [] : stored.filter((it) => it.purpose !== purpose);
    },
    unbind() {
      for (const number of evseNumbers) {
        const theirs = { stackLevel: spec.stackLevelMax, limitA: 32 };
        stored = replaced(stored, foreignDefault(number, spec, theirs));
      }
    },
    limitByOther(evse, other) {
      stored = replaced(stored, otherLimit(spec, evse, other));
    },
    isLimitedByOther({ site, tx }) {
      const own = tx?.id === undefined ? undefined : leading(stored, 'tx', site.evseNumber, tx.id);
      return own?.id === OTHER_TX_ID + site.evseNumber;
    },
  };
}

interface Changed {
  readonly outcome: CommandOutcome;
  readonly stored: readonly StoredProfile[];
}

/** What the station keeps once it has handled a call that changes profiles. */
export function installed(
  spec: StationSpec,
  stored: readonly StoredProfile[],
  profile: ChargingProfile,
  evse: SimEvse | undefined,
): Changed {
  const { profilesMax = Number.POSITIVE_INFINITY } = spec;
  const isFull = stored.length >= profilesMax;
  const reason = isFull
    ? 'too many profiles'
    : (refusal(spec, profile, evse) ?? duplicate(spec, stored, profile));
  if (reason !== undefined) return { outcome: { status: 'rejected', detail: reason }, stored };
  const outcome = { status: 'accepted' } as const;
  if (isLost(spec, profile, stored)) return { outcome, stored };
  const kept = { ...profile, periods: followed(spec, profile.periods) };
  // 2.x replaces by id alone.
  const others = stored.filter((old) => old.id !== profile.id);
  return {
    outcome,
    stored: spec.version === 'ocpp1.6' ? replaced(stored, kept) : [...others, kept],
  };
}

export function cleared(
  { keepsLeft, left = [] }: StationSpec,
  stored: readonly StoredProfile[],
  { profileId, criteria }: Of<'clear-charging-profile'>,
): Changed {
  const kept = stored.filter((it) => {
    if (keepsLeft === true && left.some(({ id }) => id === it.id)) return true;
    if (profileId !== undefined) return it.id !== profileId;
    const { evseNumber, purpose, stackLevel } = criteria ?? {};
    if (evseNumber !== undefined && it.evseNumber !== evseNumber) return true;
    if (purpose !== undefined && it.purpose !== purpose) return true;
    return stackLevel !== undefined && it.stackLevel !== stackLevel;
  });
  return { outcome: { status: 'accepted', matched: kept.length < stored.length }, stored: kept };
}

function replaced(stored: readonly StoredProfile[], profile: StoredProfile): StoredProfile[] {
  return [...stored.filter((old) => old.id !== profile.id && !samePlace(old, profile)), profile];
}

function lapseAtMs({ maxOfflineSec }: StoredProfile, offlineMs: number): number {
  return offlineMs + (maxOfflineSec ?? Number.POSITIVE_INFINITY) * 1000;
}

/** One profile for each purpose, EVSE and stack level. */
function samePlace(a: ChargingProfile, b: ChargingProfile): boolean {
  return a.purpose === b.purpose && a.evseNumber === b.evseNumber && a.stackLevel === b.stackLevel;
}

function refusal(
  spec: StationSpec,
  profile: ChargingProfile,
  evse: SimEvse | undefined,
): string | undefined {
  if (profile.stackLevel > (spec.stackLevelTaken ?? spec.stackLevelMax)) return 'stack level';
  if (profile.periods.length > (spec.periodsMax ?? 24)) return 'periods';
  if (profile.unit === 'A' ? !spec.takesAmps : !spec.takesWatts) return 'unit';
  const fuss = fussFor(spec, profile);
  if (fuss === 'relative-only' && profile.kind !== 'relative') return 'kind';
  if (fuss === 'max-only' && profile.purpose !== 'station-max') return 'purpose';
  if (fuss === 'no-tx' && profile.purpose === 'tx') return 'purpose';
  if (profile.purpose !== 'tx') return undefined;
  const running = evse?.tx?.id;
  if (spec.keepsTx === true && running !== undefined) return undefined;
  return running === undefined || running !== profile.transactionId ? 'transaction' : undefined;
}

/** 2.x: two of one purpose and level must not hold at one place (K01.FR.06, FR.39, FR.52, FR.53). */
function duplicate(
  { version }: StationSpec,
  stored: readonly StoredProfile[],
  profile: ChargingProfile,
): string | undefined {
  if (version === 'ocpp1.6') return undefined;
  const { id, purpose, stackLevel, evseNumber, transactionId } = profile;
  const isOther = stored.some((old) => {
    if (old.id === id || old.purpose !== purpose || old.stackLevel !== stackLevel) return false;
    if (purpose === 'tx' && old.transactionId !== transactionId) return false;
    const isShared = purpose === 'tx-default' && (old.evseNumber === 0 || evseNumber === 0);
    return isShared || old.evseNumber === evseNumber;
  });
  return isOther ? 'DuplicateProfile' : undefined;
}

function fussFor({ fuss, fussAt }: StationSpec, { evseNumber }: ChargingProfile): Fuss | undefined {
  return fussAt === undefined || evseNumber === 0 || evseNumber === fussAt ? fuss : undefined;
}

/** Accepted, and of no effect. */
function isLost(
  spec: StationSpec,
  profile: ChargingProfile,
  stored: readonly StoredProfile[],
): boolean {
  const { keepsOldDefault } = spec;
  const fuss = fussFor(spec, profile);
  const isDefault = profile.purpose === 'tx-default';
  const isHeld = stored.some((old) => old.id === profile.id && old.purpose === profile.purpose);
  if (keepsOldDefault === true && isDefault && isHeld) return true;
  if (fuss === 'level-ignored') return profile.stackLevel > 0;
  if (fuss === 'tx-ignored') return profile.purpose === 'tx';
  if (fuss !== 'keeps-old' || profile.purpose !== 'tx') return false;
  return stored.some((old) => old.id === profile.id && old.transactionId === profile.transactionId);
}

function foreignDefault(
  evseNumber: number,
  spec: StationSpec,
  foreign: NonNullable<StationSpec['foreign']>,
): StoredProfile {
  const unit = spec.takesAmps ? 'A' : 'W';
  const limit = Math.floor(unit === 'A' ? foreign.limitA : foreign.limitA * spec.voltageV);
  const { recurrence } = foreign;
  return {
    id: 7 + evseNumber,
    stackLevel: foreign.stackLevel,
    purpose: 'tx-default',
    evseNumber,
    startAtMs: 0,
    unit,
    periods:
      recurrence === undefined
        ? [{ startSec: 0, limit }]
        : [
            { startSec: 0, limit: 0 },
            { startSec: recurrence.fromSec, limit },
            { startSec: recurrence.toSec, limit: 0 },
          ],
    ...(recurrence === undefined ? {} : { repeatSec: PERIOD_SEC[recurrence.kind] }),
  };
}

/** At a level that is taken it replaces what is there; 2.x has no two at one level, so that it is above. */
function otherLimit(
  spec: StationSpec,
  { site: { evseNumber }, tx }: SimEvse,
  { limitA, isAbove, nowMs }: OtherLimit,
): StoredProfile {
  const isHigher = isAbove || spec.version !== 'ocpp1.6';
  const theirs = foreignDefault(evseNumber, spec, {
    stackLevel: spec.stackLevelMax + (isHigher ? 1 : 0),
    limitA,
  });
  return {
    ...theirs,
    id: OTHER_TX_ID + evseNumber,
    purpose: 'tx',
    startAtMs: nowMs + spec.skewMs,
    ...(tx?.id === undefined ? {} : { transactionId: tx.id }),
  };
}

function leftProfile({ limitA, ...place }: LeftProfile, spec: StationSpec): StoredProfile {
  const { stackLevel, evseNumber } = place;
  return { ...foreignDefault(evseNumber, spec, { stackLevel, limitA }), ...place };
}

/** In the station's own clock, as asked for; without a transaction what a new one would get. */
function compositeOf(
  spec: StationSpec,
  stored: readonly StoredProfile[],
  command: Of<'get-composite-schedule'>,
  evse: SimEvse,
  nowMs: number,
): CommandOutcome {
  const { evseNumber } = command;
  const fromMs = Math.floor((nowMs + spec.skewMs) / 1000) * 1000;
  const id = evse.tx !== undefined && spec.keepsTx === true ? 'any' : evse.tx?.id;
  const own = id === undefined ? undefined : leading(stored, 'tx', evseNumber, id);
  const fallback = leadingDefault(spec, stored, evseNumber);
  const profile = own ?? fallback;
  const cap = leading(stored, 'station-max', 0, undefined);
  const unit = (profile ?? cap)?.unit ?? command.unit ?? (spec.takesAmps ? 'A' : 'W');
  if (command.unit !== undefined && command.unit !== unit && spec.answersIn === undefined) {
    return { status: 'rejected', detail: 'unit' };
  }
  const wired = evse.site.channels.filter(Boolean).length;
  const openLimit =
    unit === 'A' ? evse.site.currentMaxA : evse.site.currentMaxA * wattsPerAmp(spec, wired);
  const window = { fromMs, durationSec: command.durationSec };
  const under = (it: StoredProfile | undefined): readonly SchedulePeriod[] =>
    it === undefined ? [{ startSec: 0, limit: openLimit }] : periodsFrom(it, window, openLimit);
  const limits = cap === undefined ? under(profile) : lowest(under(profile), under(cap));
  const isOne = spec.switchesPhases === true && own !== undefined && isForOne(own);
  const phaseToUse = spec.phaseToUse === 'used' ? own?.periods[0]?.phaseToUse : undefined;
  const phases = { numberPhases: 1, ...(phaseToUse === undefined ? {} : { phaseToUse }) };
  const periods = isOne ? limits.map((it) => ({ ...it, ...phases })) : limits;
  const { durationSec } = command;
  const { answersIn = unit } = spec;
  const perAmpW = wattsPerAmp(spec, isOne ? 1 : phaseCountOf(evse));
  const schedule = {
    evseNumber,
    startAtMs: fromMs,
    durationSec,
    unit: answersIn,
    periods: periods.map((it) => ({
      ...it,
      limit: inUnit(it.limit, [unit, answersIn], perAmpW),
    })),
  };
  return { status: 'accepted', schedule };
}

/** As it measures its voltage and the phases in use. */
function inUnit(
  limit: number,
  [from, to]: readonly ['A' | 'W', 'A' | 'W'],
  perAmpW: number,
): number {
  if (from === to) return limit;
  return to === 'W' ? limit * perAmpW : limit / perAmpW;
}

function isForOne({ periods }: StoredProfile): boolean {
  return periods.every(({ numberPhases }) => numberPhases === 1);
}

/** Both hold. */
function lowest(
  a: readonly SchedulePeriod[],
  b: readonly SchedulePeriod[],
): readonly SchedulePeriod[] {
  const at = (periods: readonly SchedulePeriod[], sec: number): number =>
    periods.findLast((it) => it.startSec <= sec)?.limit ?? Number.POSITIVE_INFINITY;
  const starts = [...new Set([...a, ...b].map((it) => it.startSec))].sort((x, y) => x - y);
  return starts.map((startSec) => ({
    startSec,
    limit: Math.min(at(a, startSec), at(b, startSec)),
  }));
}
