/** A store over a private PostgreSQL, at a clock that stands still. */
import type { Clock, Log } from '../../src/platform/ports.js';
import { openStore } from '../../src/store/postgres-store.js';
import type { Store } from '../../src/store/ports.js';
import { NOW_MS } from './store-fixtures.js';

interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A log that remembers. */
export function rememberingLog(): Log & { readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const write =
    (level: LogLine['level']) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void => {
      lines.push({ level, fields, message });
    };
  return { lines, info: write('info'), warn: write('warn'), error: write('error') };
}

function standingClock(nowMs: number): Clock {
  return {
    nowMs: () => nowMs,
    monotonicMs: () => performance.now(),
    speed: 1,
    at: () => () => undefined,
  };
}

export function openTestStore(url: string): Promise<Store> {
  return openStore({
    url,
    clock: standingClock(NOW_MS),
    log: rememberingLog(),
    connectionsMax: 10,
    retentionDays: 30,
    ocppLogDays: 10,
  });
}
