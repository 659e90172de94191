import type { StationCommand } from '../../ocpp/messages.js';
import type { StoredCommand } from '../../store/ports.js';
import type { CommandBody } from '../schema/command.js';
import { defined } from './defined.js';
import { instant, instantOrNone } from './instant.js';

export function renderCommand(stored: StoredCommand): CommandBody {
  const { command, outcome } = stored;
  return defined({
    commandId: stored.commandId,
    stationId: stored.stationId,
    actor: stored.actor,
    action: actionOf(command),
    payload: payloadOf(command),
    status: statusOf(outcome),
    detail: outcome !== undefined && 'detail' in outcome ? outcome.detail : undefined,
    response: outcome !== undefined && 'response' in outcome ? outcome.response : undefined,
    createdAt: instant(stored.createdAtMs),
    endedAt: instantOrNone(stored.answeredAtMs),
  });
}

/** The name of the request, or of what is a request of another name in each version. */
export function actionOf(command: StationCommand): string {
  return command.kind === 'call' ? command.action : command.kind;
}

export function payloadOf(command: StationCommand): Record<string, unknown> {
  if (command.kind === 'call') return { ...command.payload };
  const { kind: _named, ...rest } = command;
  return rest;
}

function statusOf(outcome: StoredCommand['outcome']): CommandBody['status'] {
  switch (outcome?.status) {
    case undefined:
      return 'pending';
    case 'accepted':
    case 'not-supported':
    case 'timeout':
      return outcome.status;
    case 'rejected':
      return 'refused-by-station';
    case 'error':
      return 'call-error';
    case 'closed':
      return 'unknown';
    case 'not-sent':
      return outcome.cause === 'refused' ? 'refused-by-engine' : 'offline';
  }
}
