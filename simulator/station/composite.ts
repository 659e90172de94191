/**
 * What a virtual station makes of its profiles at an instant. Written from the rules of the
 * standard for the station alone, so that a mistake of the CPMS about composite schedules shows
 * here.
 */
import type { Period, Profile, Purpose, RateUnit } from './profile.js';

/** The profiles and the transaction that decide for one EVSE. */
export interface CompositeInput {
  readonly profiles: readonly Profile[];
  readonly evseNumber: number;
  /** 1.6: a TxDefault of the connector replaces that of connector 0. 2.0.1: both are one stack. */
  readonly ownDefaultReplaces: boolean;
  /** Absent without a transaction: then the defaults say what a new one would get. */
  readonly transaction?: { readonly id: string | undefined; readonly startedAtMs: number };
}

/** The lowest limit in each unit; absent where nothing limits. Constant until `untilMs`. */
export interface Composite {
  readonly limitA?: number;
  readonly limitW?: number;
  readonly numberPhases?: number;
  readonly untilMs: number;
}

interface Lead {
  readonly profile: Profile;
  readonly period: Period;
}

interface Instant {
  readonly period?: Period;
  readonly untilMs: number;
}

const FOREVER_MS = Number.POSITIVE_INFINITY;

/** The composite of one EVSE at `atMs`. */
export function compositeAt(input: CompositeInput, atMs: number): Composite {
  const scope = [...transactionLead(input, atMs), ...lead(input, 'station-max', [0], atMs).leads];
  let untilMs = FOREVER_MS;
  for (const profile of input.profiles) {
    untilMs = Math.min(untilMs, instantOf(profile, input, atMs).untilMs);
  }
  return { ...lowestOf(scope), untilMs };
}

/** The TxProfile of the running transaction; at each moment without one, the default. */
function transactionLead(input: CompositeInput, atMs: number): readonly Lead[] {
  const own = lead(input, 'tx', [input.evseNumber], atMs);
  if (own.leads.length > 0) return own.leads;
  if (!input.ownDefaultReplaces) {
    return lead(input, 'tx-default', [0, input.evseNumber], atMs).leads;
  }
  const byConnector = lead(input, 'tx-default', [input.evseNumber], atMs);
  return byConnector.exists ? byConnector.leads : lead(input, 'tx-default', [0], atMs).leads;
}

/** The highest stack level with a limit at this moment, and whether any profile exists at all. */
function lead(
  input: CompositeInput,
  purpose: Purpose,
  evseNumbers: readonly number[],
  atMs: number,
): { readonly leads: readonly Lead[]; readonly exists: boolean } {
  let best: Lead | undefined;
  let exists = false;
  for (const profile of input.profiles) {
    if (profile.purpose !== purpose || !evseNumbers.includes(profile.evseNumber)) continue;
    if (purpose === 'tx' && !isOfTransaction(profile, input)) continue;
    exists = true;
    const { period } = instantOf(profile, input, atMs);
    if (period === undefined) continue;
    if (best === undefined || profile.stackLevel > best.profile.stackLevel) {
      best = { profile, period };
    }
  }
  return { leads: best === undefined ? [] : [best], exists };
}

function isOfTransaction(profile: Profile, input: CompositeInput): boolean {
  if (input.transaction === undefined) return false;
  return profile.transactionId === undefined || profile.transactionId === input.transaction.id;
}

/** Which period of a profile holds at `atMs`, if any, and until when that answer stays. */
function instantOf(profile: Profile, input: CompositeInput, atMs: number): Instant {
  const fromMs = profile.validFromMs ?? Number.NEGATIVE_INFINITY;
  const toMs = profile.validToMs ?? FOREVER_MS;
  if (atMs < fromMs) return { untilMs: fromMs };
  if (atMs >= toMs) return { untilMs: FOREVER_MS };
  const startMs = scheduleStartMs(profile, input, atMs);
  if (atMs < startMs) return { untilMs: Math.min(startMs, toMs) };

  const againMs =
    profile.recurrenceSec === undefined ? FOREVER_MS : startMs + profile.recurrenceSec * 1000;
  const endMs =
    profile.durationSec === undefined ? FOREVER_MS : startMs + profile.durationSec * 1000;
  if (atMs >= endMs) return { untilMs: Math.min(againMs, toMs) };

  let period: Period | undefined;
  let nextMs = FOREVER_MS;
  for (const candidate of profile.periods) {
    const candidateMs = startMs + candidate.startSec * 1000;
    if (candidateMs > atMs) {
      nextMs = candidateMs;
      break;
    }
    period = candidate;
  }
  const untilMs = Math.min(nextMs, endMs, againMs, toMs);
  return period === undefined ? { untilMs } : { period, untilMs };
}

function scheduleStartMs(profile: Profile, input: CompositeInput, atMs: number): number {
  if (profile.kind === 'relative') return input.transaction?.startedAtMs ?? atMs;
  const firstMs = profile.startAtMs ?? profile.validFromMs ?? profile.receivedAtMs;
  if (profile.recurrenceSec === undefined || atMs < firstMs) return firstMs;
  const everyMs = profile.recurrenceSec * 1000;
  return firstMs + Math.floor((atMs - firstMs) / everyMs) * everyMs;
}

/** Amperes and watts are kept apart; they meet only when somebody asks for one unit. */
function lowestOf(leads: readonly Lead[]): Omit<Composite, 'untilMs'> {
  let limitA: number | undefined;
  let limitW: number | undefined;
  let numberPhases: number | undefined;
  for (const { profile, period } of leads) {
    if (profile.unit === 'A') limitA = lower(limitA, period.limit);
    else limitW = lower(limitW, period.limit);
    if (period.numberPhases !== undefined) numberPhases = lower(numberPhases, period.numberPhases);
  }
  return {
    ...(limitA === undefined ? {} : { limitA }),
    ...(limitW === undefined ? {} : { limitW }),
    ...(numberPhases === undefined ? {} : { numberPhases }),
  };
}

const lower = (a: number | undefined, b: number): number => (a === undefined ? b : Math.min(a, b));

/** What the EVSE itself is: its hardware maximum holds where no profile limits. */
export interface EvseHardware {
  readonly currentMaxA: number;
  readonly phaseCount: number;
  readonly voltageV: number;
}

/** The current per phase that a composite allows; this hardware does not switch phases off. */
export function allowedA(composite: Composite, hardware: EvseHardware): number {
  const fromW =
    composite.limitW === undefined
      ? Number.POSITIVE_INFINITY
      : composite.limitW / (hardware.voltageV * hardware.phaseCount);
  return Math.min(hardware.currentMaxA, composite.limitA ?? Number.POSITIVE_INFINITY, fromW);
}

export interface SchedulePeriod {
  readonly startSec: number;
  readonly limit: number;
}

/** The answer to GetCompositeSchedule: limits of one EVSE from `fromMs`, in the unit asked for. */
export function compositeSchedule(
  input: CompositeInput,
  hardware: EvseHardware,
  options: { readonly fromMs: number; readonly durationSec: number; readonly unit: RateUnit },
): readonly SchedulePeriod[] {
  const { fromMs, durationSec, unit } = options;
  const perAmpere = unit === 'A' ? 1 : hardware.voltageV * hardware.phaseCount;
  const periods: SchedulePeriod[] = [];
  const toMs = fromMs + durationSec * 1000;
  let atMs = fromMs;
  do {
    const composite = compositeAt(input, atMs);
    const limit = roundDown(allowedA(composite, hardware) * perAmpere);
    const startSec = Math.round((atMs - fromMs) / 1000);
    const last = periods.at(-1);
    if (last?.startSec === startSec) periods[periods.length - 1] = { startSec, limit };
    else if (last?.limit !== limit) periods.push({ startSec, limit });
    atMs = composite.untilMs;
  } while (atMs < toMs);
  return periods;
}

/** OCPP limits have one decimal; the slack keeps 16.0 from becoming 15.9. */
const roundDown = (value: number): number => Math.floor(value * 10 + 1e-6) / 10;
