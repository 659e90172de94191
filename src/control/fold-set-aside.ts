/**
 * An event on which the engine failed: it is told, and the site goes on without it. Of an answer nobody knows what
 * the station did: its command ends as one whose connection closed before it (SAFETY R3, R10).
 */
import type { Draft } from './draft.js';
import { askedOf, foldAnswered, holdRefused } from './fold-answer.js';
import { readBackLater } from './lease-read-back.js';
import type { SiteEvent } from './state.js';

export function foldSetAside(
  draft: Draft,
  { of, detail }: Extract<SiteEvent, { type: 'event.set-aside' }>,
): void {
  const { type, stationId, seq } = of;
  draft.effects.push({
    type: 'alarm',
    code: 'event-set-aside',
    detail: `the engine failed on an event (${type}) and set it aside: ${detail}`,
    ...(stationId === undefined ? {} : { stationId }),
  });
  if (seq !== undefined) endUnheard(draft, seq);
}

function endUnheard(draft: Draft, seq: number): void {
  const pending = draft.pending.get(seq);
  if (pending === undefined) return;
  const outcome = { status: 'closed' } as const;
  draft.effects.push({ type: 'command-lost', command: pending, outcome });
  const { stationId, epoch, evseId, purpose } = pending;
  const receivedAtMs = draft.nowMs;
  const askedA = askedOf(draft, pending);
  foldAnswered(draft, { type: 'command.answered', stationId, epoch, seq, receivedAtMs, outcome });
  // The engine may fail on the next answer as well, which comes as soon as the station is asked.
  if (purpose === 'grant' && evseId !== undefined) holdRefused(draft, evseId, askedA);
  if (purpose === 'lease-read-back') readBackLater(draft, evseId);
}
