/** What the samples of a step say about a limit. Pure. */
import type { StepReaction, StepVerdict, TestSample } from './test-record.js';

/** R9: what a meter may be wrong by. */
const METER_FRACTION = 0.02;
const METER_A = 0.2;
/** Less is no charging, A. */
const CHARGING_A = 1;
/** A vehicle that paused may need this long to wake up, s. */
const FOLLOW_MAX_SEC = 120;
/** Above its limit for longer than this it does not follow, s: far beyond any settle time. */
const OVER_MAX_SEC = 60;

export interface Watched {
  readonly limitA: number;
  readonly beforeA: number;
  readonly drawnBeforeA: number | undefined;
  /** Enough is seen where it takes more than this, A; absent: it is to follow a change. */
  readonly aboveA: number | undefined;
  readonly ackAtMs: number;
  readonly nowMs: number;
  /** Since the acknowledgement, ascending. */
  readonly samples: readonly TestSample[];
  readonly settleSec: number;
  /** Two of the station's own samples come within this time, s. */
  readonly patienceSec: number;
}

export interface Judged {
  readonly verdict: StepVerdict;
  readonly detail?: string;
  readonly reaction: StepReaction;
}

/** Above what a meter of its class may show at this limit. */
export function isAbove(drawnA: number, limitA: number): boolean {
  return drawnA > limitA * (1 + METER_FRACTION) + METER_A;
}

/** Undefined while more samples are needed. */
export function judgeReaction(watched: Watched): Judged | undefined {
  const { samples, nowMs, ackAtMs, patienceSec, settleSec } = watched;
  const elapsedSec = (nowMs - ackAtMs) / 1000;
  const patience = Math.max(FOLLOW_MAX_SEC, patienceSec);
  if (samples.length < 2) {
    if (elapsedSec < patience) return undefined;
    return judged(watched, 'not-judgeable', 'the station sent no current of this EVSE');
  }
  if (elapsedSec < settleSec) return undefined;
  if (isOverAtEnd(watched)) {
    const last = samples.at(-1);
    if (((last?.atMs ?? 0) - ackAtMs) / 1000 < OVER_MAX_SEC) {
      if (elapsedSec < patience + OVER_MAX_SEC) return undefined;
      return judged(watched, 'not-judgeable', 'the station sent no more current of this EVSE');
    }
    const drawnA = (last?.drawnA ?? 0).toFixed(1);
    return judged(watched, 'failed', `drew ${drawnA} A where it had accepted ${watched.limitA} A`);
  }
  const { aboveA } = watched;
  const takesMore = (it: TestSample): boolean => aboveA !== undefined && isAbove(it.drawnA, aboveA);
  if (samples.slice(-2).every(takesMore)) return judged(watched, 'passed');
  return watched.limitA > watched.beforeA
    ? judgeRise(watched, elapsedSec >= patience)
    : judgeCut(watched, elapsedSec >= patience);
}

/** Undefined: not risen yet. */
function judgeRise(watched: Watched, isLate: boolean): Judged | undefined {
  const { samples, limitA, beforeA } = watched;
  const [last, previous] = samples.slice(-2).reverse();
  const has = (sample: TestSample | undefined): boolean =>
    sample !== undefined && isAbove(sample.drawnA, beforeA) && sample.drawnA >= CHARGING_A;
  if (has(last) && has(previous)) return judged(watched, 'passed');
  if (!isLate) return undefined;
  const drawnA = (last?.drawnA ?? 0).toFixed(1);
  const isDead = beforeA === 0;
  return isDead
    ? judged(watched, 'failed', `drew ${drawnA} A although ${limitA} A were offered again`)
    : judged(watched, 'not-judgeable', `the vehicle took no more than ${drawnA} A of ${limitA} A`);
}

function judgeCut(watched: Watched, isLate: boolean): Judged | undefined {
  const { samples, limitA, drawnBeforeA } = watched;
  const drawnA = samples.at(-1)?.drawnA ?? 0;
  if (limitA > 0 && drawnA < CHARGING_A) {
    if (!isLate) return undefined;
    return judged(watched, 'not-judgeable', `the vehicle draws nothing at ${limitA} A`);
  }
  if (drawnBeforeA === undefined || !isAbove(drawnBeforeA, limitA)) {
    const beforeA = (drawnBeforeA ?? 0).toFixed(1);
    return judged(watched, 'not-judgeable', `it drew ${beforeA} A before: the limit cut nothing`);
  }
  return judged(watched, 'passed');
}

/** One of the last two was above: neither reached nor left for good. */
function isOverAtEnd({ samples, limitA }: Watched): boolean {
  return samples.slice(-2).some((it) => isAbove(it.drawnA, limitA));
}

function judged(watched: Watched, verdict: StepVerdict, detail?: string): Judged {
  const reaction = reactionOf(watched);
  return { verdict, ...(detail === undefined ? {} : { detail }), reaction };
}

/** A rise reacts when the draw first passes what was allowed before, a cut when none is above. */
export function reactionOf(watched: Watched): StepReaction {
  const { samples, limitA, beforeA, ackAtMs, drawnBeforeA } = watched;
  const isRise = limitA > beforeA;
  const lastOver = samples.findLastIndex((it) => isAbove(it.drawnA, limitA));
  const from = isRise
    ? samples.find((it) => isAbove(it.drawnA, beforeA) && it.drawnA >= CHARGING_A)
    : samples[lastOver + 1];
  const reached = isRise ? 0 : samples.findIndex((it) => !isAbove(it.drawnA, limitA));
  const after = reached < 0 ? [] : samples.slice(reached);
  const drawnA = samples.at(-1)?.drawnA;
  return {
    sampleCount: samples.length,
    ...(drawnBeforeA === undefined ? {} : { drawnBeforeA }),
    ...(drawnA === undefined ? {} : { drawnA }),
    ...(from === undefined ? {} : { reactionSec: Math.max(0, (from.atMs - ackAtMs) / 1000) }),
    overshootA: Math.max(0, ...after.map((it) => it.drawnA - limitA)),
  };
}
