/**
 * Sessions that are over are forgotten after a day, and stations repeat what was not answered for much
 * longer. What a late message names is brought back from its row first, so that it counts once.
 */
import type { StationId } from '../../solver/index.js';
import { type StationEvent, UNNAMED_TRANSACTION } from '../ocpp/messages.js';
import type { Store } from '../store/ports.js';
import type { SiteEvent, SiteState } from './state.js';

/** A start is news as a rule, and asks for no row; one this old may be told again. */
const OLD_START_MS = 12 * 3_600_000;

type Recalled = Extract<SiteEvent, { type: 'session.recalled' }>;

/** What has to be folded in before these events; rejects where rows cannot be read. */
export async function recallSessions(
  store: Pick<Store, 'sessions'>,
  { sessions }: Pick<SiteState, 'sessions'>,
  events: readonly StationEvent[],
): Promise<readonly Recalled[]> {
  const asked = new Map<string, { stationId: StationId; transactionId: string }>();
  for (const event of events) {
    if (!mayBeForgotten(event)) continue;
    const { stationId, transactionId } = event;
    const isKnown = [...sessions.values()].some(
      (it) => it.transactionId === transactionId && it.stationId === stationId,
    );
    if (!isKnown) asked.set(JSON.stringify([stationId, transactionId]), event);
  }
  const rows = await Promise.all(
    [...asked.values()].map((it) => store.sessions.ofTransaction(it.stationId, it.transactionId)),
  );
  return rows.flatMap((session) =>
    session === undefined ? [] : [{ type: 'session.recalled', session }],
  );
}

type OfTransaction = Extract<StationEvent, { transactionId: string; atMs: number }>;

function mayBeForgotten(event: StationEvent): event is OfTransaction {
  switch (event.type) {
    case 'transaction.started':
      return event.receivedAtMs - event.atMs > OLD_START_MS;
    case 'transaction.updated':
    case 'transaction.ended':
      return event.transactionId !== UNNAMED_TRANSACTION;
    default:
      return false;
  }
}
