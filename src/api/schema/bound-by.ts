/** Why a limit is not higher: the engine's one union, on the wire. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Instant, Word } from './common.js';

export const SourceSchema = Type.Union([
  Type.Object({ kind: Type.Literal('rating') }),
  Type.Object({ kind: Type.Literal('owner') }),
  Type.Object({ kind: Type.Literal('demand-charge') }),
  Type.Object({ kind: Type.Literal('price') }),
  Type.Object({ kind: Type.Literal('signal'), signalId: Type.String() }),
]);

const bottleneck = {
  circuitId: Type.String(),
  conductor: Type.String(),
  source: SourceSchema,
};

export const CauseSchema = Word(
  ['fallback-not-read-back', 'owner-policy', 'rating-exceeded-by-load'],
  'Why a circuit is not guaranteed.',
);

export const BoundBySchema = Type.Union(
  [
    Type.Object({ kind: Type.Literal('no-session') }),
    Type.Object({ kind: Type.Literal('vehicle'), currentMaxA: Type.Number() }),
    Type.Object({ kind: Type.Literal('satisfied') }),
    Type.Object({
      kind: Type.Literal('not-resumed'),
      sinceAt: Instant('Known since then: current is on offer again, and it draws none.'),
    }),
    Type.Object({ kind: Type.Literal('evse'), currentMaxA: Type.Number() }),
    Type.Object({ kind: Type.Literal('circuit'), ...bottleneck, shareCount: Type.Integer() }),
    Type.Object({
      kind: Type.Literal('admission'),
      ...bottleneck,
      queuePlace: Type.Integer(),
      spareSec: Type.Optional(
        Type.Integer({
          description: 'It can wait: time to spare until its departure is at risk, s.',
        }),
      ),
      resumes: Type.Optional(
        Type.Literal(false, {
          description:
            'Paused, it does not charge again by itself: it waits for a place that it can keep.',
        }),
      ),
    }),
    Type.Object({ kind: Type.Literal('target'), targetA: Type.Number() }),
    Type.Object({
      kind: Type.Literal('external-limit'),
      source: Type.String({ description: 'Who limits the station: EMS, SO, CSO, Other.' }),
      limitA: Type.Number(),
    }),
    Type.Object({
      kind: Type.Literal('ledger'),
      circuitId: Type.String(),
      waitsFor: Type.Array(Type.String()),
    }),
    Type.Object({ kind: Type.Literal('hold'), untilAt: Instant('Free to rise from then.') }),
    Type.Object({ kind: Type.Literal('offline'), reservedA: Type.Number() }),
    Type.Object({ kind: Type.Literal('not-guaranteed'), cause: CauseSchema }),
    Type.Object({
      kind: Type.Literal('irrevocable'),
      reservedA: Type.Number({
        description:
          'A call without an answer may still give it that much, A: others cannot have it meanwhile.',
      }),
    }),
    Type.Object({
      kind: Type.Literal('fallback'),
      reservedA: Type.Number({
        description: 'Its fallback gives it that much at any time, A: others cannot have it.',
      }),
    }),
    Type.Object({ kind: Type.Literal('unconfirmed'), wantedA: Type.Number() }),
  ],
  { title: 'BoundBy', description: 'Why the limit is not higher; exactly one.' },
);
export type BoundByBody = Static<typeof BoundBySchema>;
