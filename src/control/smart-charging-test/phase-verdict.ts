/** What the samples of a step say about the phases in use. Pure. */
import type { PerChannel } from '../../../solver/index.js';
import { isAbove, type Judged, reactionOf, type Watched } from './reaction.js';
import type { SmartChargingTest, StepVerdict, TestStep } from './test-record.js';

/** Above this a phase is in use, A. */
export const IN_USE_A = 1;
/** Contactors open and close, and the vehicle begins anew: what is seen later is what it does, s. */
const SWITCHED_MAX_SEC = 120;

export type PhaseStepName = 'one-phase' | 'three-phases' | 'phase-to-use';

/** Undefined while more samples are needed. */
export function judgePhases(
  step: { readonly name: PhaseStepName; readonly phaseToUse?: number },
  watched: Watched,
): Judged | undefined {
  const { samples, nowMs, ackAtMs, patienceSec, settleSec, limitA } = watched;
  const elapsedSec = (nowMs - ackAtMs) / 1000;
  const isLate = elapsedSec >= Math.max(SWITCHED_MAX_SEC, patienceSec);
  if (elapsedSec < settleSec) return undefined;
  const [last, previous] = samples.slice(-2).reverse();
  const isAs = (phasesA: PerChannel<number> | undefined): boolean =>
    phasesA !== undefined && phasesA.every((a, at) => a > IN_USE_A === isWanted(step, at));
  const isOver = [last, previous].some((it) => it !== undefined && isAbove(it.drawnA, limitA));
  if (isAs(last?.phasesA) && isAs(previous?.phasesA) && !isOver) return judged(watched, 'passed');
  if (!isLate) return undefined;
  if (last === undefined) {
    return judged(watched, 'not-judgeable', 'the station sent no current of this EVSE');
  }
  if (last.phasesA === undefined) {
    return judged(watched, 'not-judgeable', 'its meter does not say what each phase carries');
  }
  const inUse = last.phasesA.flatMap((a, at) => (a > IN_USE_A ? [`L${at + 1}`] : []));
  if (inUse.length === 0) {
    return judged(watched, 'not-judgeable', `the vehicle draws nothing at ${limitA} A`);
  }
  if (isOver) {
    const drawnA = last.drawnA.toFixed(1);
    return judged(watched, 'failed', `drew ${drawnA} A where it had accepted ${limitA} A`);
  }
  if (isAs(last.phasesA)) return judged(watched, 'not-judgeable', 'its phases came and went');
  const { name, phaseToUse = 1 } = step;
  const told = name === 'three-phases' ? 'all phases' : `L${phaseToUse} alone`;
  return judged(watched, 'failed', `draws on ${inUse.join(', ')} where it was told to use ${told}`);
}

/** The first of the EVSE where it is to be one and none is named (R12): there such a limit counts. */
function isWanted(
  { name, phaseToUse = 1 }: { readonly name: PhaseStepName; readonly phaseToUse?: number },
  at: number,
): boolean {
  return name === 'three-phases' || at === phaseToUse - 1;
}

function judged(watched: Watched, verdict: StepVerdict, detail?: string): Judged {
  const { samples } = watched;
  const phasesA = samples.at(-1)?.phasesA;
  const { sampleCount, drawnBeforeA, drawnA } = reactionOf(watched);
  const reaction = {
    sampleCount,
    ...(drawnBeforeA === undefined ? {} : { drawnBeforeA }),
    ...(drawnA === undefined ? {} : { drawnA }),
    ...(phasesA === undefined ? {} : { phasesA }),
  };
  return { verdict, ...(detail === undefined ? {} : { detail }), reaction };
}

/** Whether a test showed that its station switches; `unknown` has the reason. */
export interface PhaseSwitchResult {
  readonly result: 'shown' | 'not-shown' | 'unknown';
  readonly detail?: string;
}

/** Undefined: nobody says that it switches, so that it was not tried. */
export function phaseSwitchOf({
  steps,
}: Pick<SmartChargingTest, 'steps'>): PhaseSwitchResult | undefined {
  const there = steps.find((it) => it.name === 'one-phase');
  const back = steps.find((it) => it.name === 'three-phases');
  if (there?.verdict === undefined || back?.verdict === undefined) return undefined;
  if (there.verdict === 'passed' && back.verdict === 'passed') return { result: 'shown' };
  const failed = [there, back].find((it) => isRefuted(it));
  if (failed !== undefined) return { result: 'not-shown', ...detailOf(failed) };
  return { result: 'unknown', ...detailOf(there.verdict === 'passed' ? back : there) };
}

function isRefuted({ verdict }: TestStep): boolean {
  return verdict === 'failed' || verdict === 'refused';
}

function detailOf({ detail }: TestStep): { readonly detail?: string } {
  return detail === undefined ? {} : { detail };
}
