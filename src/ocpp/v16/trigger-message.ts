import type { StationCommand } from '../messages.js';
import { singleCall, type Step, statusOutcome } from '../step.js';

const MESSAGES = {
  boot: 'BootNotification',
  status: 'StatusNotification',
  meter: 'MeterValues',
  heartbeat: 'Heartbeat',
} as const;

/** 1.6 §5.17; no connector means all of them. */
export function triggerMessage16(
  command: Extract<StationCommand, { kind: 'trigger-message' }>,
): Step {
  const { message, evseNumber } = command;
  return singleCall(
    {
      action: 'TriggerMessage',
      payload: {
        requestedMessage: MESSAGES[message],
        ...(evseNumber !== undefined && { connectorId: evseNumber }),
      },
    },
    statusOutcome,
  );
}
