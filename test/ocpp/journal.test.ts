import { expect, test } from 'vitest';

import { createJournal } from '../../src/ocpp/journal.js';
import type { StationEvent } from '../../src/ocpp/messages.js';
import { stationId } from '../../solver/index.js';

const event = (generation: number): StationEvent => ({
  stationId: stationId('CP1'),
  receivedAtMs: 0,
  type: 'station.disconnected',
  generation,
  reason: '',
});

function setUp(keptEventsMax = 10) {
  const appended: number[][] = [];
  const inbox = { isDown: false };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const journal = createJournal({
    append: async (events) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (inbox.isDown) throw new Error('down');
      appended.push(events.map((e) => ('generation' in e ? e.generation : -1)));
    },
    log,
    stationId: 'CP1',
    keptEventsMax,
    retryMinMs: 5,
    retryMaxMs: 10,
  });
  return { journal, appended, inbox };
}

test('a commit takes what is kept before it, in one piece', async () => {
  const { journal, appended, inbox } = setUp();
  inbox.isDown = true;
  journal.keep([event(1)]);
  await expect(journal.commit([event(2)])).rejects.toThrow('down');
  inbox.isDown = false;
  await journal.commit([event(3)]);
  expect(appended).toEqual([[1, 3]]);
});

test('kept events are retried by themselves and appended once', async () => {
  const { journal, appended, inbox } = setUp();
  inbox.isDown = true;
  journal.keep([event(1), event(2)]);
  await new Promise((resolve) => setTimeout(resolve, 20));
  inbox.isDown = false;
  await journal.drained(1_000);
  expect(appended).toEqual([[1, 2]]);
});

test('commits keep their order', async () => {
  const { journal, appended } = setUp();
  await Promise.all([1, 2, 3].map((generation) => journal.commit([event(generation)])));
  expect(appended).toEqual([[1], [2], [3]]);
});

test('beyond the bound the oldest go', async () => {
  const { journal, appended, inbox } = setUp(2);
  inbox.isDown = true;
  journal.keep([event(1)]);
  journal.keep([event(2)]);
  journal.keep([event(3)]);
  await new Promise((resolve) => setTimeout(resolve, 5));
  inbox.isDown = false;
  await journal.drained(1_000);
  expect(appended).toEqual([[2, 3]]);
});

test('drained gives up after its time', async () => {
  const { journal, inbox } = setUp();
  inbox.isDown = true;
  journal.keep([event(1)]);
  const startedAtMs = performance.now();
  await journal.drained(30);
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
});
