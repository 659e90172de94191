/**
 * I1 looked at from the station: everything that it may come to draw if no message arrives any more,
 * or if one of those under way does, against W at every future instant.
 */
import type { Step } from '../../ledger/types.js';
import { cleared, installed } from './profile-book.js';
import { currentSteps, type DefaultsCall, factsOf, type SimEvse } from './sim-evse.js';
import {
  cappedSteps,
  defaultPilotA,
  defaultSteps,
  leadingDefault,
  type PilotStep,
  pilotSteps,
  type StoredProfile,
} from './station-schedule.js';

/** Rounding of sums, A. */
export const TOLERANCE_A = 1e-6;

export interface Excess {
  readonly atMs: number;
  readonly drawA: number;
  readonly worstA: number;
  readonly why: string;
}

export interface Looking {
  readonly nowMs: number;
  readonly link: 'kept' | 'may-end';
  /** Of a station that switches phases: what it may draw on others than this one of its own; absent: on any. */
  readonly onOthersThan?: number | undefined;
}

/**
 * Precondition: `worst` is W from an instant not after `nowMs`. `link`: kept, where W supposes that the
 * station does not lose it.
 */
export function excessOverWorst(
  evse: SimEvse,
  profiles: readonly StoredProfile[],
  worst: readonly Step[],
  { nowMs, link, onOthersThan }: Looking,
): Excess | undefined {
  const facts = factsOf(evse);
  const isUnbound = evse.spec.unboundOffline && link === 'may-end';
  const unboundA = isUnbound ? evse.site.currentMaxA : 0;
  const defaultA = Math.max(unboundA, defaultPilotA(facts, profiles));
  const endless = { fromMs: nowMs, toMs: Number.POSITIVE_INFINITY, drawA: unboundA };
  const unbound = isUnbound ? above(worst, endless) : undefined;
  const fallback = unbound ?? defaultExcess(evse, profiles, worst, nowMs);
  const startsNothing = evse.tx === undefined && evse.spec.forgets === 'at-boot';
  if (fallback !== undefined && !startsNothing) return { ...fallback, why: 'fallback' };
  const later = evse.defaultsCalls.size > 0 ? afterEach(evse, profiles) : [];
  for (const { call, kept } of startsNothing ? [] : later) {
    const found = defaultExcess(evse, kept, worst, nowMs);
    if (found !== undefined) return { ...found, why: `fallback after ${call.kind} under way` };
  }
  if (evse.tx === undefined) return undefined;
  const settleMs = evse.spec.settleMaxMs;
  const counts = (it: { readonly onePhase?: number | undefined }): boolean =>
    onOthersThan === undefined || it.onePhase !== onOthersThan;
  for (const { pilotA, untilMs } of evse.history.filter(counts)) {
    const toMs = untilMs + settleMs;
    const found = above(worst, { fromMs: nowMs, toMs, drawA: pilotA });
    if (found !== undefined) return { ...found, why: 'vehicle follows' };
  }
  const loading = (steps: readonly PilotStep[]): readonly PilotStep[] =>
    steps.map((it) => (counts(it) ? it : { ...it, pilotA: 0 }));
  const own = scheduleExcess(loading(currentSteps(evse, profiles)), worst, nowMs, settleMs);
  if (own !== undefined) return { ...own, why: 'own schedule' };
  for (const { profile } of evse.flights) {
    const isOther = profile.purpose === 'tx' && profile.transactionId !== evse.tx.fingerprint;
    if (isOther && evse.spec.keepsTx !== true) continue;
    const after = [...profiles.filter((it) => it.id !== profile.id), profile];
    const steps =
      profile.purpose === 'tx'
        ? cappedSteps(facts, profiles, pilotSteps(facts, profile, defaultA))
        : cappedSteps(facts, after, defaultSteps(facts, after));
    const found = scheduleExcess(loading(steps), worst, nowMs, settleMs);
    if (found !== undefined) return { ...found, why: 'message under way' };
  }
  for (const { call, kept } of later) {
    const found = scheduleExcess(loading(currentSteps(evse, kept)), worst, nowMs, settleMs);
    if (found !== undefined) return { ...found, why: `own schedule after ${call.kind} under way` };
  }
  return undefined;
}

interface After {
  readonly call: DefaultsCall;
  readonly kept: readonly StoredProfile[];
}

/** What the station would keep if one of the calls under way were handled now. */
function afterEach(evse: SimEvse, profiles: readonly StoredProfile[]): readonly After[] {
  return [...evse.defaultsCalls].map((call) => {
    const { stored } =
      call.kind === 'clear-charging-profile'
        ? cleared(evse.spec, profiles, call)
        : installed(evse.spec, profiles, call.profile, evse);
    return { call, kept: stored };
  });
}

type Found = Omit<Excess, 'why'>;

/** Whoever comes may draw it; a default that repeats itself at its highest, whatever the time. */
function defaultExcess(
  evse: SimEvse,
  profiles: readonly StoredProfile[],
  worst: readonly Step[],
  nowMs: number,
): Found | undefined {
  const facts = factsOf(evse);
  const lead = leadingDefault(evse.spec, profiles, evse.site.evseNumber);
  const always = { fromMs: Number.NEGATIVE_INFINITY, pilotA: defaultPilotA(facts, profiles) };
  const steps = lead?.repeatSec === undefined ? defaultSteps(facts, profiles) : [always];
  const capped = cappedSteps(facts, profiles, steps);
  return scheduleExcess(capped, worst, nowMs, evse.spec.settleMaxMs);
}

/** A pilot may be drawn from its first instant until its end plus the time to follow down. */
function scheduleExcess(
  steps: readonly PilotStep[],
  worst: readonly Step[],
  nowMs: number,
  settleMs: number,
): Found | undefined {
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index];
    const endMs = steps[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
    if (step === undefined || endMs <= nowMs) continue;
    const fromMs = Math.max(nowMs, step.fromMs);
    const found = above(worst, { fromMs, toMs: endMs + settleMs, drawA: step.pilotA });
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first instant of [fromMs, toMs) at which W is below the draw. */
function above(
  worst: readonly Step[],
  { fromMs, toMs, drawA }: { fromMs: number; toMs: number; drawA: number },
): Found | undefined {
  if (toMs <= fromMs) return undefined;
  for (let index = 0; index < worst.length; index += 1) {
    const step = worst[index];
    const nextMs = worst[index + 1]?.fromMs ?? Number.POSITIVE_INFINITY;
    if (step === undefined || nextMs <= fromMs) continue;
    if (step.fromMs >= toMs) return undefined;
    if (drawA > step.currentA + TOLERANCE_A) {
      return { atMs: Math.max(fromMs, step.fromMs), drawA, worstA: step.currentA };
    }
  }
  return undefined;
}
