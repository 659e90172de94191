/** A start whose token would be refused is not asked for: its transaction would be ended again. */
import { authorize } from '../control/authorize.js';
import type { StationCommand } from '../ocpp/messages.js';
import { fieldOf, textOf } from '../ocpp/requests/request.js';
import type { AuthorizationAsk } from '../sessions/authorize-token.js';
import type { TokenType } from '../sessions/token.js';
import { orUnavailable } from './api-errors.js';
import type { ApiContext } from './context.js';
import type { StationTarget } from './run-command.js';

/** Why the token may not charge there now, in words; undefined where it may, or nothing is started. */
export async function startRefusal(
  api: ApiContext,
  { site, state }: StationTarget,
  command: StationCommand,
): Promise<string | undefined> {
  const start = startOf(command);
  if (start === undefined) return undefined;
  const ask = { ...start, purpose: 'start', atMs: api.clock.nowMs() } as const;
  const at = { site, stationId: state.id };
  const { status } = await orUnavailable(authorize(api, at, ask));
  if (status === 'Accepted') return undefined;
  return `the token is ${status} at this station: its transaction would be refused`;
}

type Start = Pick<AuthorizationAsk, 'idToken' | 'type' | 'evseNumber'>;

/** Preconditions: the payload of a `call` has passed its schema. */
function startOf(command: StationCommand): Start | undefined {
  if (command.kind === 'remote-start') {
    return { idToken: command.idToken, evseNumber: command.evseNumber };
  }
  if (command.kind !== 'call') return undefined;
  const { action, payload } = command;
  if (action === 'RemoteStartTransaction') {
    return { idToken: textOf(payload, 'idTag') ?? '', ...evse(fieldOf(payload, 'connectorId')) };
  }
  if (action !== 'RequestStartTransaction') return undefined;
  const token = fieldOf(payload, 'idToken');
  const type = textOf(token, 'type') as TokenType | undefined;
  return {
    idToken: textOf(token, 'idToken') ?? '',
    ...(type === undefined ? {} : { type }),
    ...evse(fieldOf(payload, 'evseId')),
  };
}

function evse(number: unknown): { readonly evseNumber?: number } {
  return typeof number === 'number' ? { evseNumber: number } : {};
}
