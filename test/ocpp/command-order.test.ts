import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { createCommandQueue } from '../../src/ocpp/command-queue.js';
import {
  compareOrder,
  fencedEvse,
  type Fences,
  isFenced,
  raiseFence,
} from '../../src/ocpp/fence.js';
import type { OutboxCommand, StationCommand } from '../../src/ocpp/messages.js';
import { stationId } from '../../solver/index.js';

const set = (evseNumber: number): StationCommand => ({
  kind: 'set-charging-profile',
  profile: {
    id: 1,
    stackLevel: 0,
    purpose: 'tx-default',
    evseNumber,
    startAtMs: 0,
    unit: 'A',
    periods: [{ startSec: 0, limit: 6 }],
  },
});
const row = (
  seq: number,
  command: StationCommand = set(1),
  changes: Partial<OutboxCommand> = {},
): OutboxCommand => ({
  siteId: 's',
  stationId: stationId('CP1'),
  epoch: 1,
  seq,
  command,
  priority: 'normal',
  createdAtMs: 0,
  expiresAtMs: 0,
  ...changes,
});

describe('fences', () => {
  const after = (...rows: OutboxCommand[]): Fences => {
    const fences: Fences = new Map();
    for (const written of rows) raiseFence(fences, written);
    return fences;
  };
  test.each<[string, OutboxCommand, OutboxCommand, boolean]>([
    ['a lower seq for the same EVSE', row(5), row(4), true],
    ['the same row again', row(5), row(5), true],
    ['a higher seq', row(5), row(6), false],
    ['another EVSE', row(5), row(4, set(2)), false],
    ['a lower seq of a higher epoch', row(5), row(1, set(1), { epoch: 2 }), false],
    ['a higher seq of a lower epoch', row(1, set(1), { epoch: 2 }), row(9), true],
    ['the station after an EVSE', row(5), row(4, set(0)), true],
    ['an EVSE after the station', row(5, set(0)), row(4), true],
    [
      'a clear by id after an EVSE',
      row(5),
      row(4, { kind: 'clear-charging-profile', profileId: 1 }),
      true,
    ],
    ['a read', row(5, set(0)), row(4, { kind: 'read-variables' }), false],
  ])('%s', (_what, written, candidate, fenced) => {
    expect(isFenced(after(written), candidate)).toBe(fenced);
  });
  test('a clear by criteria belongs to its EVSE', () => {
    const command: StationCommand = { kind: 'clear-charging-profile', criteria: { evseNumber: 2 } };
    expect(fencedEvse(command)).toBe(2);
  });
  test('a fence is never lowered', () => {
    expect(isFenced(after(row(5), row(3)), row(4))).toBe(true);
  });
});

test('whatever the order of arrival, cuts come first and then (epoch, seq) (300 runs)', () => {
  const arbitrary = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean()));
  fc.assert(
    fc.property(arbitrary, (arrivals) => {
      const queue = createCommandQueue<{ row: OutboxCommand }>(1_000);
      for (const [seq, isCut] of arrivals) {
        queue.add({ row: row(seq, set(1), { priority: isCut ? 'cut' : 'normal' }) });
      }
      const taken: OutboxCommand[] = [];
      for (let item = queue.take(); item !== undefined; item = queue.take()) taken.push(item.row);
      expect(taken).toHaveLength(arrivals.length);
      for (const [index, next] of taken.entries()) {
        const before = taken[index - 1];
        if (before === undefined) continue;
        if (before.priority === next.priority)
          expect(compareOrder(before, next)).toBeLessThanOrEqual(0);
        else expect([before.priority, next.priority]).toEqual(['cut', 'normal']);
      }
    }),
    { numRuns: 300, seed: 11 },
  );
});

test('I12: never more wait than the queue holds, and no cut goes for a call that is none (300 runs)', () => {
  const CAPACITY = 5;
  const arbitrary = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.boolean()));
  fc.assert(
    fc.property(arbitrary, (arrivals) => {
      const queue = createCommandQueue<{ row: OutboxCommand }>(CAPACITY);
      let dropped = 0;
      for (const [seq, isCut] of arrivals) {
        const gone = queue.add({
          row: row(seq, set(1), { priority: isCut ? 'cut' : 'normal' }),
        });
        if (gone === undefined) continue;
        dropped += 1;
        const isOther = ({ row: { priority } }: { row: OutboxCommand }) => priority !== 'cut';
        if (gone.row.priority === 'cut') expect(queue.remove(isOther)).toEqual([]);
      }
      let waiting = 0;
      while (queue.take() !== undefined) waiting += 1;
      expect(waiting).toBe(Math.min(CAPACITY, arrivals.length));
      expect(waiting + dropped).toBe(arrivals.length);
    }),
    { numRuns: 300, seed: 12 },
  );
});
