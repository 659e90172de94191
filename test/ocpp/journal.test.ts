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

test('a boot outlives the states of EVSEs that come after it while nothing can be appended', async () => {
  const appended: StationEvent[] = [];
  let isAway = true;
  const dropped: unknown[] = [];
  const journal = createJournal({
    async append(events) {
      if (isAway) throw new Error('away');
      appended.push(...events);
    },
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (fields) => dropped.push(fields),
    },
    stationId: 'S-1',
    keptEventsMax: 8,
    retryMinMs: 10,
    retryMaxMs: 10,
  });
  const from = { stationId: stationId('S-1'), receivedAtMs: 0 };
  const status = (evseNumber: number, atMs: number): StationEvent => ({
    ...from,
    type: 'evse.status',
    evseNumber,
    status: 'available',
    atMs,
  });
  journal.keep([event(1), { ...from, type: 'station.booted', vendor: 'V', model: 'M' }]);
  const outcome = { status: 'accepted' } as const;
  journal.keep([{ ...from, type: 'command.answered', epoch: 1, seq: 4, outcome }]);
  for (let atMs = 0; atMs < 100; atMs += 1) journal.keep([status((atMs % 2) + 1, atMs)]);
  isAway = false;
  await journal.drained(1000);
  expect(appended.map(({ type }) => type)).toEqual([
    'station.connected',
    'station.booted',
    'command.answered',
    ...Array.from({ length: 5 }, () => 'evse.status'),
  ]);
  expect(appended.slice(3)).toEqual(
    [95, 96, 97, 98, 99].map((atMs) => status((atMs % 2) + 1, atMs)),
  );
  expect(dropped).toHaveLength(95);
});
