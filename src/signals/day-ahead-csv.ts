/**
 * Day-ahead prices as a CSV file: a header, then a line a step.
 *
 *     start,end,import per MWh,export per MWh
 *     2026-03-28T23:00:00Z,2026-03-29T00:00:00Z,83.12,41.00
 *
 * Columns by name, in any order and case: `start` (RFC 3339 with offset), `import per kWh` or `import
 * per MWh`; where wanted `end` (else the next start; the last step is as long as the one before) and
 * `export per kWh` or `export per MWh`. Separated by commas, semicolons or tabs.
 */
import type { SignalPoint } from './signal.js';

export interface DayAheadPrices {
  readonly imported: readonly SignalPoint[];
  /** Empty: the file has no such column. */
  readonly exported: readonly SignalPoint[];
  readonly endsAtMs: number;
}

/** A line of the file, from 1, and what is wrong there. */
export interface CsvFault {
  readonly line: number;
  readonly field: string;
  readonly detail: string;
}

export const ROWS_MAX = 1000;
/** As the price signals have it, micro-units per kWh. */
const PRICE_MAX_MICROS = 1_000_000_000;
const FAULTS_MAX = 50;
const HOUR_MS = 3_600_000;
const STEP_MIN_MS = 60_000;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const NUMBER = /^-?\d{1,9}(\.\d{1,9})?$/;

interface Columns {
  readonly start: number;
  readonly end: number;
  readonly imported: number;
  readonly exported: number;
  /** Micro-units per kWh of one unit in the column. */
  readonly importMicros: number;
  readonly exportMicros: number;
}

interface Row {
  readonly line: number;
  readonly startMs: number;
  readonly endMs: number | undefined;
  readonly imported: number;
  readonly exported: number | undefined;
}

/** The prices, or everything that is wrong with the file. */
export function parseDayAhead(text: string): DayAheadPrices | readonly CsvFault[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const separator = [';', '\t', ','].find((it) => lines[0]?.includes(it)) ?? ',';
  const cells = lines.map((line) =>
    line.split(separator).map((cell) => cell.trim().replace(/^"(.*)"$/, '$1')),
  );
  const columns = columnsOf(cells[0] ?? []);
  if (!('start' in columns)) return columns;
  const faults: CsvFault[] = [];
  const rows: Row[] = [];
  for (const [index, row] of cells.entries()) {
    if (index === 0 || (lines[index] ?? '').trim() === '') continue;
    const read = rowOf(row, columns, index + 1);
    if ('startMs' in read) rows.push(read);
    else faults.push(...read);
  }
  faults.push(...orderFaults(rows));
  if (rows.length === 0 && faults.length === 0) {
    faults.push({ line: 2, field: 'start', detail: 'is missing: the file has no prices' });
  }
  if (rows.length > ROWS_MAX) {
    const detail = `the file has ${rows.length} prices; at most ${ROWS_MAX}`;
    faults.push({ line: ROWS_MAX + 2, field: 'start', detail });
  }
  return faults.length > 0 ? faults.slice(0, FAULTS_MAX) : pricesOf(rows, columns);
}

function columnsOf(head: readonly string[]): Columns | readonly CsvFault[] {
  const names = head.map((it) => it.toLowerCase().replaceAll(/[_\s/]+/g, ' '));
  const kwh = (what: string) => names.indexOf(`${what} per kwh`);
  const mwh = (what: string) => names.indexOf(`${what} per mwh`);
  const start = names.indexOf('start');
  const imported = Math.max(kwh('import'), mwh('import'));
  const missing = [
    ...(start < 0 ? [{ field: 'start', wanted: 'start' }] : []),
    ...(imported < 0 ? [{ field: 'import', wanted: 'import per kWh or import per MWh' }] : []),
  ];
  if (missing.length > 0) {
    return missing.map(({ field, wanted }) => ({
      line: 1,
      field,
      detail: `has no column ${wanted}`,
    }));
  }
  return {
    start,
    end: names.indexOf('end'),
    imported,
    exported: Math.max(kwh('export'), mwh('export')),
    importMicros: kwh('import') < 0 ? 1000 : 1_000_000,
    exportMicros: kwh('export') < 0 ? 1000 : 1_000_000,
  };
}

function rowOf(cells: readonly string[], columns: Columns, line: number): Row | CsvFault[] {
  const faults: CsvFault[] = [];
  const instantOf = (field: string, text: string): number => {
    const atMs = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
    if (Number.isNaN(atMs)) {
      const detail = `must be RFC 3339 with an offset, such as 2026-03-29T00:00:00Z; is "${text}"`;
      faults.push({ line, field, detail });
    }
    return atMs;
  };
  const priceOf = (field: string, text: string, micros: number): number => {
    const value = NUMBER.test(text) ? Math.round(Number(text) * micros) : Number.NaN;
    if (!(Math.abs(value) <= PRICE_MAX_MICROS)) {
      const most = PRICE_MAX_MICROS / micros;
      const detail = `must be a number from -${most} to ${most} with a point; is "${text}"`;
      faults.push({ line, field, detail });
    }
    return value;
  };
  const cell = (column: number): string => cells[column] ?? '';
  const { start, end, imported, exported, importMicros, exportMicros } = columns;
  const row: Row = {
    line,
    startMs: instantOf('start', cell(start)),
    endMs: end < 0 ? undefined : instantOf('end', cell(end)),
    imported: priceOf('import', cell(imported), importMicros),
    exported: exported < 0 ? undefined : priceOf('export', cell(exported), exportMicros),
  };
  return faults.length > 0 ? faults : row;
}

/** Each step starts where the one before ends, or later than it where no end is told. */
function orderFaults(rows: readonly Row[]): CsvFault[] {
  return rows.flatMap(({ line, startMs, endMs }, index): CsvFault[] => {
    const before = rows[index - 1];
    if (endMs !== undefined && endMs - startMs < STEP_MIN_MS) {
      return [{ line, field: 'end', detail: 'must be at least a minute after start' }];
    }
    if (before === undefined) return [];
    const leastMs = before.endMs ?? before.startMs + STEP_MIN_MS;
    const isWrong = before.endMs === undefined ? startMs < leastMs : startMs !== leastMs;
    if (!isWrong) return [];
    const word = before.endMs === undefined ? 'at or after' : '';
    const detail = `must be ${word} ${new Date(leastMs).toISOString()}`.replaceAll('  ', ' ');
    return [{ line, field: 'start', detail }];
  });
}

function pricesOf(rows: readonly Row[], { exported }: Columns): DayAheadPrices {
  const last = rows.at(-1) as Row;
  const previous = rows.at(-2);
  const stepMs = previous === undefined ? HOUR_MS : last.startMs - previous.startMs;
  return {
    imported: rows.map((it) => ({ atMs: it.startMs, value: it.imported })),
    exported: exported < 0 ? [] : rows.map((it) => ({ atMs: it.startMs, value: it.exported ?? 0 })),
    endsAtMs: last.endMs ?? last.startMs + stepMs,
  };
}
