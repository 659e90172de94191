/** O01 to O06: what a station shows to drivers. What it reports of them is kept among its records. */
import { randomInt } from 'node:crypto';
import { Type } from 'typebox';
import { Instant, Word } from '../schema/common.js';
import { ConnectorNumber, EvseNumber, Fields } from '../schema/operation.js';
import { evse2, needs2, type Operation } from './operation.js';

const MESSAGE_ID_MAX = 2 ** 31 - 1;
const MessageId = Type.Integer({ minimum: 0, maximum: MESSAGE_ID_MAX });
const PRIORITIES = {
  'always-front': 'AlwaysFront',
  'in-front': 'InFront',
  normal: 'NormalCycle',
} as const;
const STATES = {
  charging: 'Charging',
  faulted: 'Faulted',
  idle: 'Idle',
  unavailable: 'Unavailable',
} as const;

export const setDisplayMessage: Operation = {
  path: 'display-messages',
  summary: 'Show a message on the display of a station (2.x)',
  body: Fields('DisplayMessageCreate', {
    id: MessageId,
    priority: Word(['always-front', 'in-front', 'normal'], 'Against other messages.'),
    format: Word(['ASCII', 'HTML', 'URI', 'UTF8'], 'Of the content.'),
    content: Type.String({ minLength: 1, maxLength: 512 }),
    language: Type.Optional(Type.String({ maxLength: 8, description: 'RFC 5646, such as "de".' })),
    state: Type.Optional(
      Word(['charging', 'faulted', 'idle', 'unavailable'], 'Only while the station is so.'),
    ),
    transactionId: Type.Optional(
      Type.String({ maxLength: 36, description: 'Gone when this transaction is over.' }),
    ),
    startAt: Type.Optional(Instant('Shown from then on.')),
    endAt: Type.Optional(Instant('Gone from then on.')),
    evseNumber: Type.Optional(EvseNumber),
    connectorNumber: Type.Optional(ConnectorNumber),
  }),
  build(given) {
    needs2(given.version, 'a display message');
    const { body } = given;
    const { id, format, content, language, transactionId, startAt, endAt } = body;
    const state = STATES[body['state'] as keyof typeof STATES];
    const evse = evse2(given);
    const message = {
      id,
      priority: PRIORITIES[body['priority'] as keyof typeof PRIORITIES],
      message: { format, content, ...present({ language }) },
      ...present({ state, transactionId, startDateTime: startAt, endDateTime: endAt }),
      ...(evse === undefined ? {} : { display: { name: 'Display', evse } }),
    };
    return { action: 'SetDisplayMessage', payload: { message } };
  },
};

export const readDisplayMessages: Operation = {
  path: 'display-messages/refresh',
  summary: 'Ask a station to report its display messages (2.x)',
  build({ version }) {
    needs2(version, 'a display message');
    return { action: 'GetDisplayMessages', payload: { requestId: newRequestId() } };
  },
};

export const clearDisplayMessage: Operation = {
  path: 'display-messages/:messageId',
  method: 'DELETE',
  summary: 'Remove a display message (2.x)',
  params: { messageId: MessageId },
  build({ version, body }) {
    needs2(version, 'a display message');
    return { action: 'ClearDisplayMessage', payload: { id: body['messageId'] } };
  },
};

/** Stations keep request numbers in 32 bits. */
export function newRequestId(): number {
  return randomInt(1, 2 ** 31 - 1);
}

export function present(fields: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
