/**
 * What a station makes of its profiles, as pilots over true time. Written from OCPP 1.6 §3.13 and
 * 2.x K01 for the virtual stations alone, so that a mistake of the engine about them shows.
 */
import type { ChargingProfile, SchedulePeriod } from '../../profiles/charging-profile.js';
import type { SiteEvse } from '../../src/sites/site.js';
import { START_MS, type StationSpec } from './scenario.js';

/** What a station keeps; somebody else's may begin anew every so many seconds. */
export interface StoredProfile extends ChargingProfile {
  readonly repeatSec?: number;
}

export const PERIOD_SEC = { daily: 86_400, weekly: 604_800 } as const;

/** From `fromMs` (true time) to the next step; the last one holds for ever. */
export interface PilotStep {
  readonly fromMs: number;
  readonly pilotA: number;
  /** The station closes this one of its phases only; absent: all. */
  readonly onePhase?: number | undefined;
}

export interface EvseFacts {
  readonly evse: SiteEvse;
  readonly spec: StationSpec;
  /** Phases that the vehicle loads: how a limit in W becomes a pilot. */
  readonly phaseCount: number;
}

const TOLERANCE_A = 1e-6;
const PILOT_MIN_A = 6;
const DAY_SEC = 86_400;

/** The pilot that the EVSE offers for a limit: 0, or one that its hardware can signal. */
export function pilotFor({ evse, spec }: EvseFacts, limitA: number): number {
  const wantedA = Math.min(limitA, evse.currentMaxA);
  if (wantedA <= TOLERANCE_A) return 0;
  // A rectifier has no pilot.
  if (spec.dc !== undefined) return wantedA;
  const { pilots } = evse;
  if (pilots.kind === 'set') {
    const possible = pilots.valuesA.filter((a) => a <= evse.currentMaxA);
    const below = possible.findLast((a) => a <= wantedA + TOLERANCE_A) ?? 0;
    if (spec.rounding === 'down') return below;
    return possible.find((a) => a >= wantedA - TOLERANCE_A) ?? below;
  }
  if (wantedA < PILOT_MIN_A - TOLERANCE_A) return spec.rounding === 'down' ? 0 : PILOT_MIN_A;
  const { stepA } = pilots;
  const steps = (wantedA - PILOT_MIN_A) / stepA;
  const whole =
    spec.rounding === 'down' ? Math.floor(steps + TOLERANCE_A) : Math.ceil(steps - TOLERANCE_A);
  return Math.min(PILOT_MIN_A + whole * stepA, evse.currentMaxA);
}

/**
 * The profile that leads among the stored ones: the highest stack level, one level each. Any TxProfile
 * of the EVSE counts where `transactionId` is `any`.
 */
export function leading(
  profiles: readonly StoredProfile[],
  purpose: ChargingProfile['purpose'],
  evseNumber: number,
  transactionId: string | undefined,
): StoredProfile | undefined {
  let best: StoredProfile | undefined;
  for (const profile of profiles) {
    if (profile.purpose !== purpose || profile.evseNumber !== evseNumber) continue;
    const isOther = profile.transactionId !== transactionId && transactionId !== 'any';
    if (purpose === 'tx' && isOther) continue;
    if (best === undefined || profile.stackLevel > best.stackLevel) best = profile;
  }
  return best;
}

/**
 * The default that leads on an EVSE. In 1.6 its own takes the place of the one for the whole station
 * (§3.13.2); 2.x has both in one stack, and none of them at one level (K01.FR.53).
 */
export function leadingDefault(
  { version }: Pick<StationSpec, 'version'>,
  profiles: readonly StoredProfile[],
  evseNumber: number,
): StoredProfile | undefined {
  const own = leading(profiles, 'tx-default', evseNumber, undefined);
  const shared = leading(profiles, 'tx-default', 0, undefined);
  if (own === undefined || shared === undefined) return own ?? shared;
  return version !== 'ocpp1.6' && shared.stackLevel > own.stackLevel ? shared : own;
}

/** The highest pilot without any TxProfile, at whatever time. */
export function defaultPilotA(facts: EvseFacts, profiles: readonly StoredProfile[]): number {
  const profile = leadingDefault(facts.spec, profiles, facts.evse.evseNumber);
  if (profile === undefined) return facts.evse.currentMaxA;
  const limit = profile.periods.reduce((most, it) => Math.max(most, it.limit), 0);
  return pilotFor(facts, limitInA(facts, profile.unit, limit));
}

/** The pilots without any TxProfile, for the hours of a run. */
export function defaultSteps(
  facts: EvseFacts,
  profiles: readonly StoredProfile[],
): readonly PilotStep[] {
  const profile = leadingDefault(facts.spec, profiles, facts.evse.evseNumber);
  if (profile === undefined) {
    return [{ fromMs: Number.NEGATIVE_INFINITY, pilotA: facts.evse.currentMaxA }];
  }
  if (profile.repeatSec === undefined) return pilotSteps(facts, profile, facts.evse.currentMaxA);
  const window = { fromMs: START_MS - DAY_SEC * 1000, durationSec: 2 * DAY_SEC };
  return periodsFrom(profile, window, 0).map(({ startSec, limit }, index) => ({
    fromMs:
      index === 0 ? Number.NEGATIVE_INFINITY : window.fromMs + startSec * 1000 - facts.spec.skewMs,
    pilotA: pilotFor(facts, limitInA(facts, profile.unit, limit)),
  }));
}

/** A schedule as it runs through a window of the station's time; before its start `openLimit`. */
export function periodsFrom(
  profile: StoredProfile,
  window: { readonly fromMs: number; readonly durationSec: number },
  openLimit: number,
): readonly SchedulePeriod[] {
  const isRelative = profile.kind === 'relative';
  const startSec = isRelative ? -1 : (profile.startAtMs - window.fromMs) / 1000;
  const { repeatSec = Number.POSITIVE_INFINITY } = profile;
  const cycleSec =
    startSec < -repeatSec ? startSec + Math.floor(-startSec / repeatSec) * repeatSec : startSec;
  const periods: SchedulePeriod[] = [{ startSec: 0, limit: openLimit }];
  for (let fromSec = cycleSec; fromSec < window.durationSec; fromSec += repeatSec) {
    for (const period of profile.periods) {
      const atSec = fromSec + period.startSec;
      if (atSec <= 0) periods[0] = { startSec: 0, limit: period.limit };
      else if (atSec < window.durationSec) periods.push({ startSec: atSec, limit: period.limit });
    }
  }
  return periods;
}

/** The periods that a station goes by. */
export function followed(
  { skipsPeriods }: StationSpec,
  periods: readonly SchedulePeriod[],
): readonly SchedulePeriod[] {
  if (skipsPeriods !== true) return periods;
  return periods.filter((_, index) => index === 0 || index === periods.length - 1);
}

/** Pilots under a TxProfile; before its start the default holds. */
export function pilotSteps(
  facts: EvseFacts,
  profile: ChargingProfile,
  defaultA: number,
): readonly PilotStep[] {
  // Ours have one period, from the start of the transaction.
  const isRelative = profile.kind === 'relative';
  const startMs = isRelative ? START_MS - DAY_SEC * 1000 : profile.startAtMs - facts.spec.skewMs;
  const steps: PilotStep[] = [{ fromMs: Number.NEGATIVE_INFINITY, pilotA: defaultA }];
  for (const period of followed(facts.spec, profile.periods)) {
    const pilotA = pilotFor(facts, limitInA(facts, profile.unit, period.limit));
    const onePhase = onePhaseOf(facts.spec, period);
    steps.push({ fromMs: startMs + period.startSec * 1000, pilotA, onePhase });
  }
  return steps;
}

/** The one of its own phases that it closes in this period; undefined: all. */
export function onePhaseOf(
  spec: StationSpec,
  period: SchedulePeriod | undefined,
): number | undefined {
  if (spec.switchesPhases !== true || period?.numberPhases !== 1) return undefined;
  return spec.phaseToUse === 'used' ? (period.phaseToUse ?? 1) : 1;
}

/** Under what limits the station as a whole, too. */
export function cappedSteps(
  facts: EvseFacts,
  profiles: readonly StoredProfile[],
  steps: readonly PilotStep[],
): readonly PilotStep[] {
  const cap = leading(profiles, 'station-max', 0, undefined);
  if (cap === undefined) return steps;
  const caps = pilotSteps(facts, cap, facts.evse.currentMaxA);
  const starts = [...new Set([...steps, ...caps].map((it) => it.fromMs))].sort((a, b) => a - b);
  return starts.map((fromMs) => ({
    fromMs,
    pilotA: Math.min(pilotAt(steps, fromMs).pilotA, pilotAt(caps, fromMs).pilotA),
    onePhase: steps.findLast((it) => it.fromMs <= fromMs)?.onePhase,
  }));
}

/** The pilot at an instant, and until when it stays. */
export function pilotAt(
  steps: readonly PilotStep[],
  atMs: number,
): { readonly pilotA: number; readonly untilMs: number } {
  let pilotA = 0;
  for (const step of steps) {
    if (step.fromMs > atMs) return { pilotA, untilMs: step.fromMs };
    pilotA = step.pilotA;
  }
  return { pilotA, untilMs: Number.POSITIVE_INFINITY };
}

/** A watt limit is spread over the phases in use, at the voltage that the station measures. */
function limitInA({ spec, phaseCount }: EvseFacts, unit: 'A' | 'W', limit: number): number {
  if (unit === 'A' || spec.lie === 'watts-as-amps') return limit;
  return limit / wattsPerAmp(spec, phaseCount);
}

/** What it gives for each ampere on so many phases. */
export function wattsPerAmp({ voltageV, dc }: StationSpec, phaseCount: number): number {
  return voltageV * phaseCount * (dc?.efficiency ?? 1);
}
