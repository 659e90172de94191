/**
 * Steps that tell a charging three-phase vehicle's EVSE to use one phase, and all of them again (R12).
 * The ledger counts all phases meanwhile, unless the EVSE is trusted to switch for another reason.
 */
import type { PossibleCommand } from '../../../ledger/index.js';
import type { EvseId, PerChannel } from '../../../solver/index.js';
import type { MeterSample } from '../../ocpp/messages.js';
import type { EvseStanding } from '../../sites/snapshot.js';
import type { Draft } from '../draft.js';
import { mayTell } from '../phase-choice.js';
import { tellPhases, unfitForOne } from '../phase-switch.js';
import { endStep, testOf } from './keep.js';
import { IN_USE_A, type PhaseStepName } from './phase-verdict.js';
import type {
  SmartChargingTest,
  StepName,
  StepShown,
  StepVerdict,
  TestSample,
  TestStep,
} from './test-record.js';

export type PhaseStep = TestStep & { readonly name: PhaseStepName };

const NAMES: readonly StepName[] = ['one-phase', 'three-phases', 'phase-to-use'];

export function isPhaseStep(step: { readonly name: StepName }): step is PhaseStep {
  return NAMES.includes(step.name);
}

/** False: nothing could be shown by it, and it is over. */
export function beginPhases(draft: Draft, standing: EvseStanding, step: PhaseStep): boolean {
  const { evse } = standing;
  const isBack = step.name === 'three-phases';
  const why = isBack ? notSwitched(draft, evse.id) : unfit(draft, standing, step);
  if (why !== undefined) {
    const test = testOf(draft, evse.id);
    if (isBack && test !== undefined) endPhases(draft, evse.id, test);
    endStep(draft, evse.id, { verdict: 'skipped', detail: why });
    return false;
  }
  const { phaseToUse } = step;
  tellPhases(draft, evse, isBack ? { count: 3 } : { count: 1, phaseToUse });
  return true;
}

function unfit(draft: Draft, standing: EvseStanding, step: PhaseStep): string | undefined {
  const why = unfitForOne(standing);
  if (why !== undefined) return why;
  const { sessionId, ledger } = draft.evses.get(standing.evse.id) ?? standing.state;
  if (!mayTell(draft, ledger, step.phaseToUse)) return 'a limit for another phase may still hold';
  const drawnA = sessionId === undefined ? undefined : draft.sessions.get(sessionId)?.drawnA;
  if (drawnA === undefined) return 'its meter does not say what each phase carries';
  const count = drawnA.filter((a) => a > IN_USE_A).length;
  return count === 3 ? undefined : `the vehicle draws on ${count} of three phases`;
}

function notSwitched(draft: Draft, evseId: EvseId): string | undefined {
  const commands = draft.evses.get(evseId)?.ledger.commands ?? [];
  const newest = commands.findLast((it) => it.state === 'accepted');
  return newest?.phases === 1 ? undefined : 'it was not told to use one phase';
}

/** However its test ended, it is told of all phases again, unless one was told before it. */
export function endPhases(
  draft: Draft,
  evseId: EvseId,
  { steps }: Pick<SmartChargingTest, 'steps'>,
): void {
  const evse = draft.site.evses.find((it) => it.id === evseId);
  const phases = draft.evses.get(evseId)?.phases;
  const sinceMs = steps.find((it) => it.name === 'one-phase')?.startedAtMs;
  if (evse === undefined || sinceMs === undefined || phases?.count !== 1) return;
  if (phases.sinceMs >= sinceMs) tellPhases(draft, evse, { count: 3 });
}

/** The answer is to a limit for as many phases as the step tells of. */
export function isAsTold(step: TestStep, { phases }: PossibleCommand): boolean {
  return !isPhaseStep(step) || (phases === 1) === (step.name !== 'three-phases');
}

/** What a sample says of each phase; nothing where it leaves one out. */
export function phasesOf({ currentA }: MeterSample): Pick<TestSample, 'phasesA'> {
  const [a, b, c] = currentA ?? [];
  return a === undefined || b === undefined || c === undefined ? {} : { phasesA: [a, b, c] };
}

/** A schedule of another number of phases than was told and measured cannot be counted on. */
export function phasesShown(
  step: TestStep,
  { numberPhases, phaseToUse }: StepShown,
): { readonly verdict: StepVerdict; readonly detail: string } | undefined {
  if (!isPhaseStep(step) || numberPhases === undefined || step.verdict !== 'passed')
    return undefined;
  if ((numberPhases === 1) === (step.name === 'three-phases')) {
    const detail = `${measuredOn(step)}, but its composite schedule shows ${numberPhases}`;
    return { verdict: 'failed', detail };
  }
  if (step.phaseToUse === undefined || phaseToUse === step.phaseToUse) return undefined;
  const detail = `measured on L${step.phaseToUse}, but its composite schedule does not name it`;
  return { verdict: 'failed', detail };
}

function measuredOn({ reaction }: TestStep): string {
  const phasesA: PerChannel<number> = reaction?.phasesA ?? [0, 0, 0];
  return `measured on ${phasesA.filter((a) => a > IN_USE_A).length} phases`;
}
