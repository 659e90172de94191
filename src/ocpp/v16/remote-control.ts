import type { CommandOutcome, StationCommand } from '../messages.js';
import { singleCall, type Step, statusOutcome } from '../step.js';

/** 1.6 §5.11 RemoteStartTransaction. */
export function remoteStart16(command: Extract<StationCommand, { kind: 'remote-start' }>): Step {
  return singleCall(
    {
      action: 'RemoteStartTransaction',
      payload: { connectorId: command.evseNumber, idTag: command.idToken },
    },
    statusOutcome,
  );
}

/** 1.6 §5.12 RemoteStopTransaction: its transaction ids are integers. */
export function remoteStop16(
  command: Extract<StationCommand, { kind: 'remote-stop' }>,
): Step | CommandOutcome {
  const transactionId = Number(command.transactionId);
  if (!Number.isSafeInteger(transactionId)) {
    return { status: 'not-supported', detail: 'transactionId is no integer, which 1.6 demands' };
  }
  return singleCall({ action: 'RemoteStopTransaction', payload: { transactionId } }, statusOutcome);
}
