import type { StationCommand } from '../messages.js';
import { singleCall, type Step, statusOutcome } from '../step.js';

const MESSAGES = {
  boot: 'BootNotification',
  status: 'StatusNotification',
  meter: 'MeterValues',
  heartbeat: 'Heartbeat',
} as const;

/**
 * F06; no EVSE means all of them. A status belongs to a connector (F06.FR.12), and the first one is
 * what every EVSE has.
 */
export function triggerMessage2(
  command: Extract<StationCommand, { kind: 'trigger-message' }>,
): Step {
  const { message, evseNumber } = command;
  const connector = message === 'status' ? { connectorId: 1 } : {};
  return singleCall(
    {
      action: 'TriggerMessage',
      payload: {
        requestedMessage: MESSAGES[message],
        ...(evseNumber !== undefined && { evse: { id: evseNumber, ...connector } }),
      },
    },
    statusOutcome,
  );
}
