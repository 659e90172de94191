/**
 * A transaction whose token was refused is for its station to stop (1.6 StopTransactionOnInvalidId,
 * 2.x E05). One that goes on gets no current, and is told to stop.
 */
import { isRefused } from '../sessions/session.js';
import { type Draft, plan, wakeAt } from './draft.js';

/** A station needs a moment to read our answer and to open its contactor. */
const GRACE_MS = 60_000;
const AGAIN_MS = 300_000;
const ASKS_MAX = 5;

export function stopRefused(draft: Draft): void {
  for (const { id: evseId, sessionId, transactionId } of draft.evses.values()) {
    const session = sessionId === undefined ? undefined : draft.sessions.get(sessionId);
    if (session === undefined || transactionId === undefined) continue;
    if (session.phase !== 'active' || !isRefused(session)) continue;
    const asked = session.stopAsked ?? { count: 0, atMs: draft.nowMs };
    const dueMs = asked.atMs + (asked.count === 0 ? GRACE_MS : AGAIN_MS);
    if (session.stopAsked === undefined) {
      draft.sessions.set(session.id, { ...session, stopAsked: asked });
    }
    if (asked.count >= ASKS_MAX) continue;
    if (dueMs > draft.nowMs) {
      wakeAt(draft, dueMs);
      continue;
    }
    if (draft.stations.get(session.stationId)?.stage === 'offline') continue;
    const stopAsked = { count: asked.count + 1, atMs: draft.nowMs };
    draft.sessions.set(session.id, { ...session, stopAsked });
    const { stationId } = session;
    const command = { kind: 'remote-stop', transactionId } as const;
    plan(draft, { stationId, evseId, purpose: 'stop-refused', command });
    wakeAt(draft, draft.nowMs + AGAIN_MS);
  }
}
