import { Type } from 'typebox';
import { BoundBySchema } from './bound-by.js';
import { EvseIdText, Instant, PageOf, PageQuery } from './common.js';

export const EvseParams = Type.Object({ evseId: EvseIdText('The EVSE, URL-encoded.') });
export const DecisionQuery = Type.Object(PageQuery, { additionalProperties: false });

const DecisionSchema = Type.Object(
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
export const DecisionPage = PageOf(DecisionSchema, 'DecisionPage');
