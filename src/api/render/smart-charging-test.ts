import { whereOf } from '../../control/smart-charging-test/offline-step.js';
import { phaseSwitchOf } from '../../control/smart-charging-test/phase-verdict.js';
import type { SmartChargingTest, TestStep } from '../../control/smart-charging-test/test-record.js';
import type { TestBody } from '../schema/smart-charging-test.js';
import { defined } from './defined.js';
import { instant, instantOrNone } from './instant.js';

export function renderTest(test: SmartChargingTest): TestBody {
  return defined({
    number: test.number,
    stationId: test.stationId,
    evseId: test.evseId,
    parts: [...test.parts],
    status: test.status,
    detail: test.detail,
    instruction: test.instruction,
    guide: guideOf(test),
    phaseSwitching: phaseSwitchingOf(test),
    stepsDone: test.steps.filter((it) => it.endedAtMs !== undefined).length,
    steps: test.steps.map(renderStep),
    vendor: test.vendor,
    model: test.model,
    firmware: test.firmware,
    startedAt: instant(test.startedAtMs),
    endedAt: instantOrNone(test.endedAtMs),
    isTrustRestored: test.trustRestored === true,
    actor: test.actor,
  });
}

function phaseSwitchingOf(test: SmartChargingTest): TestBody['phaseSwitching'] {
  const found = phaseSwitchOf(test);
  return found && { ...found };
}

function guideOf(test: SmartChargingTest): TestBody['guide'] {
  const guide = whereOf(test);
  if (guide === undefined) return undefined;
  const { part, phase, replugAtMs, givesUpAtMs } = guide;
  const replugAt = instantOrNone(replugAtMs);
  return { part, phase, ...defined({ replugAt, givesUpAt: instantOrNone(givesUpAtMs) }) };
}

/** Its verdict is shown once it is over: the read-back may still change it. */
function renderStep(step: TestStep): TestBody['steps'][number] {
  const {
    required,
    aboveA: _above,
    startedAtMs,
    endedAtMs,
    verdict,
    answer,
    shown,
    reaction,
    ...plain
  } = step;
  const isOver = endedAtMs !== undefined || startedAtMs === undefined;
  return defined({
    ...plain,
    isRequired: required === true,
    startedAt: instantOrNone(startedAtMs),
    endedAt: instantOrNone(endedAtMs),
    answer: answer && { ...answer },
    shown: shown && { ...shown },
    reaction: reaction && reactionOf(reaction),
    verdict: isOver ? verdict : undefined,
  });
}

function reactionOf({
  phasesA,
  ...reaction
}: NonNullable<TestStep['reaction']>): NonNullable<TestBody['steps'][number]['reaction']> {
  return { ...reaction, ...(phasesA === undefined ? {} : { phasesA: [...phasesA] }) };
}
