import type { CommandOutcome } from '../messages.js';
import { MEASURAND_SETS } from '../measurand-sets.js';
import { failureOf, type Step } from '../step.js';

interface SetVariablesAnswer {
  readonly setVariableResult: readonly {
    readonly attributeStatus: string;
    readonly variable: { readonly name: string };
  }[];
}

const INTERVAL = 'TxUpdatedInterval';
const MEASURANDS = 'TxUpdatedMeasurands';

/**
 * B05 SetVariables of SampledDataCtrlr: interval and measurands in one call; where only the measurands
 * are refused, the smaller set in another.
 */
export function configureSampling2(intervalSec: number): Step {
  return attempt({ [INTERVAL]: String(intervalSec) }, 0, []);
}

function attempt(
  others: Readonly<Record<string, string>>,
  setIndex: number,
  refusedBefore: readonly string[],
): Step {
  const measurands = (MEASURAND_SETS[setIndex] ?? []).join(',');
  return {
    call: { action: 'SetVariables', payload: variables({ ...others, [MEASURANDS]: measurands }) },
    next: (end) => {
      if (end.status !== 'result') return failureOf(end);
      const refused = [...refusedBefore, ...refusedOf(end.payload as SetVariablesAnswer)];
      const isLast = setIndex + 1 >= MEASURAND_SETS.length;
      if (!refused.includes(MEASURANDS) || isLast) return outcomeOf(refused);
      return attempt(
        {},
        setIndex + 1,
        refused.filter((name) => name !== MEASURANDS),
      );
    },
  };
}

function variables(values: Readonly<Record<string, string>>): object {
  return {
    setVariableData: Object.entries(values).map(([name, attributeValue]) => ({
      component: { name: 'SampledDataCtrlr' },
      variable: { name },
      attributeValue,
    })),
  };
}

function refusedOf(answer: SetVariablesAnswer): readonly string[] {
  return answer.setVariableResult
    .filter(({ attributeStatus }) => !/^(Accepted|RebootRequired)$/.test(attributeStatus))
    .map(({ variable }) => variable.name);
}

function outcomeOf(refused: readonly string[]): CommandOutcome {
  if (refused.length === 0) return { status: 'accepted' };
  return { status: 'rejected', detail: `refused: ${refused.join(', ')}` };
}
