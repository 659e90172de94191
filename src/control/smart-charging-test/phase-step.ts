/**
 * Steps that tell a charging three-phase vehicle's EVSE to use one phase, and all of them again (R12).
 * The ledger counts all phases meanwhile, unless the EVSE is trusted to switch for another reason.
 */
import type { PossibleCommand } from '../../../ledger/index.js';
import type { EvseId, PerChannel } from '../../../solver/index.js';
import type { MeterSample } from '../../ocpp/messages.js';
import type { EvseStanding } from '../../sites/snapshot.js';
import type { Draft } from '../draft.js';
import { tellPhases, unfitForOne } from '../phase-switch.js';
import { endStep, testOf } from './keep.js';
import { IN_USE_A } from './phase-verdict.js';
import type {
  SmartChargingTest,
  StepName,
  StepShown,
  StepVerdict,
  TestSample,
  TestStep,
} from './test-record.js';

export type PhaseStep = TestStep & { readonly name: 'one-phase' | 'three-phases' };

export function isPhaseStep(step: { readonly name: StepName }): step is PhaseStep {
  return step.name === 'one-phase' || step.name === 'three-phases';
}

/** False: nothing could be shown by it, and it is over. */
export function beginPhases(draft: Draft, standing: EvseStanding, step: PhaseStep): boolean {
  const { evse } = standing;
  const why = step.name === 'one-phase' ? unfit(draft, standing) : notSwitched(draft, evse.id);
  if (why !== undefined) {
    const test = testOf(draft, evse.id);
    if (step.name === 'three-phases' && test !== undefined) endPhases(draft, evse.id, test);
    endStep(draft, evse.id, { verdict: 'skipped', detail: why });
    return false;
  }
  tellPhases(draft, evse, step.name === 'one-phase' ? 1 : 3);
  return true;
}

function unfit(draft: Draft, standing: EvseStanding): string | undefined {
  const why = unfitForOne(standing);
  if (why !== undefined) return why;
  const { sessionId } = draft.evses.get(standing.evse.id) ?? standing.state;
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
  if (phases.sinceMs >= sinceMs) tellPhases(draft, evse, 3);
}

/** The answer is to a limit for as many phases as the step tells of. */
export function isAsTold(step: TestStep, { phases }: PossibleCommand): boolean {
  return !isPhaseStep(step) || (phases === 1) === (step.name === 'one-phase');
}

/** What a sample says of each phase; nothing where it leaves one out. */
export function phasesOf({ currentA }: MeterSample): Pick<TestSample, 'phasesA'> {
  const [a, b, c] = currentA ?? [];
  return a === undefined || b === undefined || c === undefined ? {} : { phasesA: [a, b, c] };
}

/** A schedule of another number of phases than was told and measured cannot be counted on. */
export function phasesShown(
  step: TestStep,
  { numberPhases }: StepShown,
): { readonly verdict: StepVerdict; readonly detail: string } | undefined {
  if (!isPhaseStep(step) || numberPhases === undefined || step.verdict !== 'passed')
    return undefined;
  if ((numberPhases === 1) === (step.name === 'one-phase')) return undefined;
  const detail = `${measuredOn(step)}, but its composite schedule shows ${numberPhases}`;
  return { verdict: 'failed', detail };
}

function measuredOn({ reaction }: TestStep): string {
  const phasesA: PerChannel<number> = reaction?.phasesA ?? [0, 0, 0];
  return `measured on ${phasesA.filter((a) => a > IN_USE_A).length} phases`;
}
