/** One name, several sockets: exactly the newest is the station, whatever the older ones still do. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  connectRaw,
  type Harness,
  row,
  setProfile,
  startHarness,
  waitFor,
} from './gateway-harness.js';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

const START = JSON.stringify({
  connectorId: 1,
  idTag: 'TAG',
  meterStart: 1000,
  timestamp: '2026-03-01T12:00:00Z',
});
const idOf = (frame: string | undefined): string => JSON.parse(frame ?? '[]')[1];
const outcomes = () => harness.eventsOf('command.answered').map(({ outcome }) => outcome.status);

describe('an older socket of the same station', () => {
  test('that goes on sending moves nothing: its calls have no effect, its answers belong to nobody', async () => {
    const older = await connectRaw(harness);
    harness.gateway.dispatch([row(setProfile(1, 16))]);
    await waitFor(() => older.received.length > 0, 'the call');
    const newer = await connectRaw(harness);
    older.socket.send(`[3,"${idOf(older.received[0])}",{"status":"Accepted"}]`);
    older.socket.send(`[2,"late","StartTransaction",${START}]`);
    expect(await older.closed).toBe(1008);
    harness.gateway.dispatch([row(setProfile(1, 10))]);
    await waitFor(() => newer.received.length > 0, 'the call on the newer socket');
    newer.socket.send(`[3,"${idOf(newer.received[0])}",{"status":"Accepted"}]`);
    await harness.until('command.answered', 2);
    expect(outcomes()).toEqual(['closed', 'accepted']);
    expect(harness.eventsOf('transaction.started')).toEqual([]);
    expect(harness.gateway.stats().counters['replacedConnections']).toBe(1);
    newer.socket.terminate();
  });

  test('cannot answer a call of the newer one, not even with its id', async () => {
    const older = await connectRaw(harness);
    const newer = await connectRaw(harness);
    harness.gateway.dispatch([row(setProfile(1, 16))]);
    await waitFor(() => newer.received.length > 0, 'the call');
    if (older.socket.readyState === 1) {
      older.socket.send(`[3,"${idOf(newer.received[0])}",{"status":"Accepted"}]`);
    }
    newer.socket.send(`[3,"${idOf(newer.received[0])}",{"status":"Rejected"}]`);
    await harness.until('command.answered');
    expect(outcomes()).toEqual(['rejected']);
    newer.socket.terminate();
  });

  test.each([
    ['the older one ends first', 0],
    ['the newer one ends first', 1],
  ])('%s: each is connected and disconnected once, in order', async (_what, first) => {
    const sockets = [await connectRaw(harness), await connectRaw(harness)];
    sockets[first]?.socket.terminate();
    await sockets[first]?.closed;
    sockets[1 - first]?.socket.terminate();
    await harness.until('station.disconnected', 2);
    const [a, b] = harness.eventsOf('station.connected').map((it) => it.generation);
    const story = harness.events.map((it) => ('generation' in it ? [it.type, it.generation] : []));
    expect(story).toEqual([
      ['station.connected', a],
      ['station.disconnected', a],
      ['station.connected', b],
      ['station.disconnected', b],
    ]);
    expect(harness.gateway.stats().connections).toBe(0);
  });

  test('ten at once: one is left, and it is served', async () => {
    const sockets = await Promise.all(Array.from({ length: 10 }, () => connectRaw(harness)));
    await harness.until('station.disconnected', 9);
    expect(harness.gateway.stats().connections).toBe(1);
    for (const { socket } of sockets) {
      if (socket.readyState === 1) socket.send('[2,"h","Heartbeat",{}]');
    }
    await waitFor(() => sockets.some(({ received }) => received.length > 0), 'one answer');
    const generations = harness.eventsOf('station.connected').map((it) => it.generation);
    expect(generations).toEqual(generations.toSorted((a, b) => a - b));
    for (const { socket } of sockets) socket.terminate();
  });
});

describe('message ids', () => {
  test('of our calls are new on every connection', async () => {
    const ids = new Set<string>();
    for (let turn = 0; turn < 5; turn += 1) {
      const { socket, received, closed } = await connectRaw(harness);
      harness.gateway.dispatch([row({ kind: 'read-variables' })]);
      await waitFor(() => received.length > 0, 'the call');
      ids.add(idOf(received[0]));
      socket.terminate();
      await closed;
      await harness.until('station.disconnected', turn + 1);
    }
    expect(ids.size).toBe(5);
  });

  test('a call repeated word for word gets the same answer and has no second effect', async () => {
    const { socket, received } = await connectRaw(harness);
    for (let turn = 0; turn < 3; turn += 1) socket.send(`[2,"a","StartTransaction",${START}]`);
    socket.send('[2,"h","Heartbeat",{}]');
    await waitFor(() => received.some((text) => idOf(text) === 'h'), 'the heartbeat');
    socket.send(`[2,"a","StartTransaction",${START}]`);
    await waitFor(() => received.length >= 3, 'the same answer again');
    const answers = received.filter((text) => idOf(text) === 'a');
    expect(new Set(answers).size).toBe(1);
    expect(harness.eventsOf('transaction.started')).toHaveLength(1);
    expect(harness.gateway.stats().counters['repeatedCalls']).toBe(3);
    socket.terminate();
  });
});
