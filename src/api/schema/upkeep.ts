/** What the documents of upkeep have in common. */
import { Type } from 'typebox';
import { Id, PageQuery } from './common.js';

export const closed = { additionalProperties: false };

export const UpkeepListQuery = Type.Object(
  { stationId: Type.Optional(Id('Only of this charging station.')), ...PageQuery },
  closed,
);

export const NumberParams = Type.Object({
  id: Type.Integer({ minimum: 1, maximum: 2_147_483_647, description: 'As it was answered.' }),
});

export const Token = (description: string) =>
  Type.String({ minLength: 1, maxLength: 36, pattern: '^[\\x21-\\x7e]+$', description });

export const Detail = Type.Optional(Type.String({ description: 'Why, in words.' }));

export const Actor = Type.String({ description: 'Who asked for it.' });

/** How often a station tries again by itself. */
export const Tries = {
  retries: Type.Optional(Type.Integer({ minimum: 0, maximum: 100 })),
  retryIntervalSec: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400 })),
};
