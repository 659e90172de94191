import { singleCall, type Step, statusOutcome } from '../step.js';
import { requestNumber } from '../request-number.js';

/** B07 GetBaseReport: the values follow in NotifyReport messages, as `station.variables`. */
export function readVariables2(seq: number): Step {
  return singleCall(
    {
      action: 'GetBaseReport',
      payload: { requestId: requestNumber(seq), reportBase: 'FullInventory' },
    },
    statusOutcome,
  );
}
