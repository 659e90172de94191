import type { CommandOutcome } from '../messages.js';
import { MEASURAND_SETS } from '../measurand-sets.js';
import { failureOf, type StatusAnswer, type Step } from '../step.js';

/**
 * 1.6 §5.3: MeterValueSampleInterval, then MeterValuesSampledData. Both are tried whatever becomes of
 * the other (some stations fix the interval); the outcome names the keys that were refused.
 */
export function configureSampling16(intervalSec: number): Step {
  return change('MeterValueSampleInterval', String(intervalSec), (accepted) =>
    chooseMeasurands(0, accepted ? [] : ['MeterValueSampleInterval']),
  );
}

/** Takes the first set of measurands that the station accepts. */
function chooseMeasurands(index: number, refused: readonly string[]): Step | CommandOutcome {
  const measurands = MEASURAND_SETS[index];
  if (measurands === undefined) return outcomeOf([...refused, 'MeterValuesSampledData']);
  return change('MeterValuesSampledData', measurands.join(','), (accepted) =>
    accepted ? outcomeOf(refused) : chooseMeasurands(index + 1, refused),
  );
}

function change(
  key: string,
  value: string,
  next: (accepted: boolean) => Step | CommandOutcome,
): Step {
  return {
    call: { action: 'ChangeConfiguration', payload: { key, value } },
    next: (end) => {
      if (end.status !== 'result') return failureOf(end);
      const { status } = end.payload as StatusAnswer;
      return next(status === 'Accepted' || status === 'RebootRequired');
    },
  };
}

function outcomeOf(refused: readonly string[]): CommandOutcome {
  if (refused.length === 0) return { status: 'accepted' };
  return { status: 'rejected', detail: `refused: ${refused.join(', ')}` };
}
