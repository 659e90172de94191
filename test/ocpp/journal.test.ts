import { expect, test } from 'vitest';
import { stationId } from '../../solver/index.js';
import { createJournal } from '../../src/ocpp/journal.js';
import type { StationEvent } from '../../src/ocpp/messages.js';

const event = (generation: number): StationEvent => ({
  type: 'station.connected',
  stationId: stationId('S-1'),
  receivedAtMs: generation,
  generation,
  version: 'ocpp1.6',
});

test('keeps what arrives while an earlier append is under way', async () => {
  const appended: number[] = [];
  const journal = createJournal({
    append: async (events) => {
      await new Promise((resolve) => setImmediate(resolve));
      for (const it of events) if (it.type === 'station.connected') appended.push(it.generation);
    },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    stationId: 'S-1',
    keptEventsMax: 64,
    retryMinMs: 10,
    retryMaxMs: 10,
  });
  for (let generation = 1; generation <= 20; generation += 1) {
    journal.keep([event(generation)]);
    if (generation % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await journal.drained(1000);
  expect(appended).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
});
