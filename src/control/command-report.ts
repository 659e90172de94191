/** How a command ended, in the words of those who asked for it. */
import type { CommandReport } from '../api/ports.js';
import type { CommandOutcome } from '../ocpp/messages.js';

export function reportOf(outcome: CommandOutcome): CommandReport {
  switch (outcome.status) {
    case 'accepted':
      return { status: 'accepted', response: answerOf(outcome) };
    case 'rejected':
      return {
        status: 'refused-by-station',
        detail: outcome.detail,
        response: outcome.response ?? {},
      };
    case 'error':
      return { status: 'call-error', detail: outcome.detail };
    case 'not-supported':
      return { status: 'not-supported', detail: outcome.detail };
    case 'not-sent': {
      const { detail } = outcome;
      return { status: outcome.cause === 'refused' ? 'refused-by-engine' : 'offline', detail };
    }
    case 'timeout':
    case 'closed':
      return { status: outcome.status };
  }
}

function answerOf(outcome: Extract<CommandOutcome, { status: 'accepted' }>): unknown {
  return outcome.response ?? outcome.schedule ?? outcome.variables ?? {};
}
