import { expect, test } from 'vitest';
import { parseDayAhead, ROWS_MAX } from '../../src/signals/day-ahead-csv.js';

const at = (hour: number): number => Date.UTC(2026, 2, 28, hour);

test('reads prices per MWh with ends, in any order of columns', () => {
  const text = [
    'Import per MWh;start;end;export_per_kWh',
    '83.125;2026-03-28T23:00:00+00:00;2026-03-29T01:00:00+01:00;0.04',
    '-5;2026-03-29T00:00:00Z;2026-03-29T01:00:00Z;0',
    '',
  ].join('\r\n');
  expect(parseDayAhead(`\uFEFF${text}`)).toEqual({
    imported: [
      { atMs: at(23), value: 83_125 },
      { atMs: at(24), value: -5000 },
    ],
    exported: [
      { atMs: at(23), value: 40_000 },
      { atMs: at(24), value: 0 },
    ],
    endsAtMs: at(25),
  });
});

test('without ends a step is as long as the one before it, and an hour where there is only one', () => {
  const rows = ['start,import per kWh', '2026-03-28T01:00:00Z,0.2', '2026-03-28T01:15:00Z,0.3'];
  expect(parseDayAhead(rows.join('\n'))).toMatchObject({ endsAtMs: at(1) + 30 * 60_000 });
  expect(parseDayAhead(rows.slice(0, 2).join('\n'))).toMatchObject({
    endsAtMs: at(2),
    exported: [],
  });
});

test.each([
  ['import per kWh', 1, 'start', 'has no column start'],
  ['start,price', 1, 'import', 'has no column import per kWh'],
  ['start,import per kWh', 2, 'start', 'is missing'],
  ['start,import per kWh\n2026-03-28 01:00,0.2', 2, 'start', 'is "2026-03-28 01:00"'],
  ['start,import per kWh\n2026-13-28T01:00:00Z,0.2', 2, 'start', 'must be RFC 3339'],
  ['start,import per kWh\n2026-03-28T01:00:00Z,1001', 2, 'import', 'from -1000 to 1000'],
  ['start;import per kWh\n2026-03-28T01:00:00Z;0,2', 2, 'import', 'is "0,2"'],
  ['start,import per MWh\n2026-03-28T01:00:00Z,', 2, 'import', 'from -1000000 to 1000000'],
  [
    'start,end,import per kWh\n2026-03-28T01:00:00Z,2026-03-28T01:00:00Z,0.2',
    2,
    'end',
    'at least a minute',
  ],
  [
    'start,import per kWh\n2026-03-28T02:00:00Z,0.2\n2026-03-28T01:00:00Z,0.2',
    3,
    'start',
    'must be at or after 2026-03-28T02:01:00.000Z',
  ],
  [
    'start,end,import per kWh\n2026-03-28T01:00:00Z,2026-03-28T02:00:00Z,1\n' +
      '2026-03-28T03:00:00Z,2026-03-28T04:00:00Z,1',
    3,
    'start',
    'must be 2026-03-28T02:00:00.000Z',
  ],
])('names the line, the field and what is allowed: %j', (text, line, field, detail) => {
  const faults = parseDayAhead(text);
  expect(faults).toMatchObject([{ line, field, detail: expect.stringContaining(detail) }]);
});

test('a file that is too long is refused as a whole', () => {
  const rows = Array.from(
    { length: ROWS_MAX + 1 },
    (_, index) => `${new Date(index * 900_000).toISOString()},0.1`,
  );
  const faults = parseDayAhead(['start,import per kWh', ...rows].join('\n'));
  expect(faults).toMatchObject([{ line: ROWS_MAX + 2, field: 'start' }]);
});
