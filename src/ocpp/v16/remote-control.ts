import type { CommandOutcome, StationCommand } from '../messages.js';
import { operatorCall } from '../operator-call.js';
import type { Step } from '../step.js';

/** 1.6 §5.11 RemoteStartTransaction. */
export function remoteStart16(command: Extract<StationCommand, { kind: 'remote-start' }>): Step {
  return operatorCall({
    action: 'RemoteStartTransaction',
    payload: { connectorId: command.evseNumber, idTag: command.idToken },
  });
}

/** 1.6 §5.12 RemoteStopTransaction: its transaction ids are integers. */
export function remoteStop16(
  command: Extract<StationCommand, { kind: 'remote-stop' }>,
): Step | CommandOutcome {
  const transactionId = Number(command.transactionId);
  if (!Number.isSafeInteger(transactionId)) {
    return { status: 'not-supported', detail: 'transactionId is no integer, which 1.6 demands' };
  }
  return operatorCall({ action: 'RemoteStopTransaction', payload: { transactionId } });
}
