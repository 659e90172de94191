/** A station that takes some forms of a profile only: for literal tests of the ladder. */
import type { ChargingProfile, CompositeSchedule } from '../../profiles/index.js';
import type { CommandOutcome, StationCommand } from '../../src/ocpp/messages.js';
import type { Script } from './ideal-station.js';

export interface Fuss {
  /** The reason to refuse a profile; undefined: it takes it. */
  readonly refuses?: (profile: ChargingProfile) => string | undefined;
  /** It says no by an error. */
  readonly errs?: true;
  /** It goes by what it has refused. */
  readonly appliesRefused?: true;
  /** It takes it and goes by what it had. */
  readonly ignores?: (profile: ChargingProfile) => boolean;
  /** A profile stays until it is cleared, whatever is accepted under its id. */
  readonly keepsOld?: (profile: ChargingProfile) => boolean;
  /** It refuses every profile while it holds so many, one in the place of another as well (libocpp, MicroOcpp). */
  readonly fullAt?: number;
  /** Another answer where its schedule is asked for; undefined: the schedule. */
  readonly shows?: () => CommandOutcome | undefined;
  readonly variables?: Readonly<Record<string, string>>;
}

const VARIABLES = {
  ChargeProfileMaxStackLevel: '3',
  ChargingScheduleAllowedChargingRateUnit: 'Current,Power',
  ChargingScheduleMaxPeriods: '24',
};
const VOLTAGE_MIN_V = 207;

/** Answers every command of `script`; returns what it holds. */
export function fuss(script: Script, of: Fuss): { held: ChargingProfile[] } {
  const book: { held: ChargingProfile[] } = { held: [] };
  script.reply = ({ command }) => answer(script, book, of, command);
  return book;
}

function answer(
  script: Script,
  book: { held: ChargingProfile[] },
  of: Fuss,
  command: StationCommand,
): CommandOutcome | undefined {
  switch (command.kind) {
    case 'read-variables':
      return { status: 'accepted', variables: { ...VARIABLES, ...of.variables } };
    case 'set-charging-profile':
      return set(book, of, command.profile);
    case 'clear-charging-profile': {
      const { profileId, criteria } = command;
      book.held = book.held.filter((it) => {
        if (profileId !== undefined) return it.id !== profileId;
        if (criteria?.purpose !== undefined && criteria.purpose !== it.purpose) return true;
        return criteria?.stackLevel !== undefined && criteria.stackLevel !== it.stackLevel;
      });
      return { status: 'accepted' };
    }
    case 'get-composite-schedule':
      return (
        of.shows?.() ?? { status: 'accepted', schedule: composite(script, book.held, command) }
      );
    default:
      return undefined;
  }
}

function set(
  book: { held: ChargingProfile[] },
  of: Fuss,
  profile: ChargingProfile,
): CommandOutcome {
  const isFull = of.fullAt !== undefined && book.held.length >= of.fullAt;
  const detail = isFull ? 'too many profiles' : of.refuses?.(profile);
  const taken = [...book.held.filter((it) => it.id !== profile.id), profile];
  if (detail !== undefined && of.appliesRefused === true) book.held = taken;
  if (detail !== undefined) return { status: of.errs === true ? 'error' : 'rejected', detail };
  const isKept = of.keepsOld?.(profile) === true && book.held.some((it) => it.id === profile.id);
  if (isKept || of.ignores?.(profile) === true) return { status: 'accepted' };
  book.held = taken;
  return { status: 'accepted' };
}

/** In A, of one EVSE of the first station: the lower of its own profile and the maximum of the station. */
function composite(
  { nowMs, state }: Script,
  all: readonly ChargingProfile[],
  { evseNumber, durationSec }: Extract<StationCommand, { readonly kind: 'get-composite-schedule' }>,
): CompositeSchedule {
  const transactionId = [...state.evses.values()][evseNumber - 1]?.transactionId;
  const held = all.filter((it) => it.evseNumber === evseNumber || it.evseNumber === 0);
  const isOwn = (it: ChargingProfile): boolean =>
    it.purpose === 'tx' && it.transactionId === transactionId;
  const own = held.find(isOwn) ?? held.find((it) => it.purpose === 'tx-default');
  const cap = held.find((it) => it.purpose === 'station-max');
  const limitA = (atMs: number): number => Math.min(limitAt(own, atMs), limitAt(cap, atMs));
  const instants = [own, cap].flatMap((it) =>
    (it?.periods ?? []).map((p) => startOf(it, p.startSec)),
  );
  const untilMs = nowMs + durationSec * 1000;
  const fromMs = instants.filter((atMs) => atMs > nowMs && atMs < untilMs).sort((a, b) => a - b);
  const periods = [nowMs, ...fromMs].map((atMs) => ({
    startSec: (atMs - nowMs) / 1000,
    limit: limitA(atMs),
  }));
  return { evseNumber, startAtMs: nowMs, durationSec, unit: 'A', periods };
}

const startOf = (profile: ChargingProfile | undefined, startSec: number): number =>
  profile?.kind === 'relative' ? 0 : (profile?.startAtMs ?? 0) + startSec * 1000;

function limitAt(profile: ChargingProfile | undefined, atMs: number): number {
  const period = profile?.periods.findLast((it) => startOf(profile, it.startSec) <= atMs);
  if (period === undefined || profile === undefined) return 32;
  return profile.unit === 'A' ? period.limit : period.limit / VOLTAGE_MIN_V;
}
