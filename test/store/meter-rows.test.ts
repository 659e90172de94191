import { expect, test } from 'vitest';
import { stationId } from '../../solver/index.js';
import type { SiteEvent } from '../../src/control/state.js';
import { meterRows, transactionRows } from '../../src/store/meter-rows.js';
import { NOW_MS, startedEvent, statusEvent } from '../support/store-fixtures.js';

const from = { stationId: stationId('st1'), receivedAtMs: NOW_MS };

test('each sample says which event of the batch brought it, counted from 1', () => {
  const sampled: SiteEvent = {
    ...from,
    type: 'meter.sampled',
    evseNumber: 1,
    samples: [
      { atMs: 1, powerW: 0 },
      { atMs: 2, energyWh: 5 },
    ],
  };
  expect(meterRows([statusEvent('st1', 1), sampled])).toStrictEqual([
    { event_index: 2, station_id: 'st1', evse_number: 1, at_ms: 1, power_w: 0 },
    { event_index: 2, station_id: 'st1', evse_number: 1, at_ms: 2, energy_wh: 5 },
  ]);
});

test('what a column cannot hold is left out, the rest of the sample stays', () => {
  const sampled: SiteEvent = {
    ...from,
    type: 'meter.sampled',
    evseNumber: 1,
    samples: [
      { atMs: Number.NaN, powerW: 1 },
      { atMs: 7, powerW: Number.NaN, currentA: [1, Infinity, undefined] },
    ],
  };
  expect(meterRows([sampled])).toStrictEqual([
    {
      event_index: 1,
      station_id: 'st1',
      evse_number: 1,
      at_ms: 7,
      current_a: [1, undefined, undefined],
    },
  ]);
});

test('a transaction is listed once per batch, and not before its EVSE is known', () => {
  const updated = {
    ...from,
    type: 'transaction.updated',
    transactionId: '9',
    samples: [],
    atMs: NOW_MS,
    offline: false,
  } as const;
  expect(transactionRows([updated])).toStrictEqual([]);
  expect(transactionRows([startedEvent('st1', '9'), { ...updated, evseNumber: 2 }])).toStrictEqual([
    { station_id: 'st1', transaction_id: '9', evse_number: 2 },
  ]);
});
