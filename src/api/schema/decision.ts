import { Type } from 'typebox';
import type { Static } from 'typebox';
import { BoundBySchema } from './bound-by.js';
import { EvseIdText, Instant, PageOf, PageQuery } from './common.js';

export const EvseParams = Type.Object({ evseId: EvseIdText('The EVSE, URL-encoded.') });
export const DecisionQuery = Type.Object(PageQuery, { additionalProperties: false });

export const DecisionSchema = Type.Object(
  {
    evseId: Type.String(),
    sessionId: Type.Optional(Type.String()),
    at: Instant('Decided.'),
    limitA: Type.Number({ description: 'In force, or on its way, A.' }),
    goalA: Type.Number({ description: "The allocator's goal before the ledger, A." }),
    boundBy: BoundBySchema,
  },
  { title: 'Decision' },
);
export type DecisionBody = Static<typeof DecisionSchema>;
export const DecisionPage = PageOf(DecisionSchema, 'DecisionPage');
