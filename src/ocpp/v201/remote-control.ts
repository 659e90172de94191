import type { StationCommand } from '../messages.js';
import { operatorCall } from '../operator-call.js';
import { requestNumber } from '../request-number.js';
import { wireToken } from '../requests/request.js';
import type { Step } from '../step.js';

/** F01 RequestStartTransaction. `seq` tells the station's event which request it follows. */
export function remoteStart2(
  command: Extract<StationCommand, { kind: 'remote-start' }>,
  seq: number,
): Step {
  return operatorCall({
    action: 'RequestStartTransaction',
    payload: {
      remoteStartId: requestNumber(seq),
      evseId: command.evseNumber,
      idToken: wireToken(command.idToken),
    },
  });
}

/** F03 RequestStopTransaction. */
export function remoteStop2(command: Extract<StationCommand, { kind: 'remote-stop' }>): Step {
  const { transactionId } = command;
  return operatorCall({ action: 'RequestStopTransaction', payload: { transactionId } });
}
