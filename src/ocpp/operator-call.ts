/** Any request of the standard, as an operator asked for it. Its payload has passed its schema. */
import type { Call } from './call-line.js';
import { maskSecrets } from './mask-secrets.js';
import type { CommandOutcome } from './messages.js';
import { singleCall, type StatusAnswer, type Step, statusDetail } from './step.js';

/** Every other status of the three schema sets says no. */
const AGREEMENTS = new Set([
  'Accepted',
  'AcceptedCanceled',
  'Processing',
  'RebootRequired',
  'Scheduled',
  'Unlocked',
]);

export function operatorCall(call: Call): Step {
  return singleCall<Partial<StatusAnswer>>(call, (answer): CommandOutcome => {
    const { status, statusInfo } = answer;
    const response = maskSecrets(answer);
    if (typeof status !== 'string' || AGREEMENTS.has(status)) {
      return { status: 'accepted', response };
    }
    const detail = statusDetail({ status, ...(statusInfo === undefined ? {} : { statusInfo }) });
    return { status: 'rejected', detail, response };
  });
}
