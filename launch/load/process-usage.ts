/** CPU time and memory of the processes of a load run, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

interface ProcessUsage {
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

/** USER_HZ is 100 on every Linux that Node runs on. */
const MS_PER_TICK = 10;

interface Row {
  readonly pid: number;
  readonly parentPid: number;
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

export interface Processes {
  readonly service: number;
  readonly fleets: readonly number[];
}

/** Null without /proc. */
export interface Usage {
  /** Of one core. */
  readonly cpuPercent: Shares | null;
  /** What a busy machine does not change much, unlike the share and the wall time. */
  readonly cpuSec: Shares | null;
  readonly memoryMb: Shares | null;
}

interface Shares {
  readonly service: number;
  /** All below the service: its PostgreSQL. */
  readonly database: number;
  readonly fleets: number;
}

const UNKNOWN: Usage = { cpuPercent: null, cpuSec: null, memoryMb: null };

/** What the returned function tells of CPU time is of the time between the two calls. */
export function startUsage(processes: Processes): () => Usage {
  const startedMs = performance.now();
  const before = read(processes);
  return () => {
    const now = read(processes);
    const tookMs = performance.now() - startedMs;
    if (now === undefined || before === undefined) return UNKNOWN;
    const shares = (of: (who: keyof Shares) => number): Shares => ({
      service: of('service'),
      database: of('database'),
      fleets: of('fleets'),
    });
    const usedMs = (who: keyof Shares): number => now[who].cpuMs - before[who].cpuMs;
    return {
      cpuPercent: shares((who) => Math.round((usedMs(who) / tookMs) * 100)),
      cpuSec: shares((who) => Math.round(usedMs(who) / 100) / 10),
      memoryMb: shares((who) => Math.round(now[who].memoryBytes / 1e6)),
    };
  };
}

function read({ service, fleets }: Processes): Record<keyof Shares, ProcessUsage> | undefined {
  const rows = processTable();
  const own = rows.find((row) => row.pid === service);
  if (own === undefined) return undefined;
  const inside = new Set([service]);
  for (let size = 0; size !== inside.size; ) {
    size = inside.size;
    for (const row of rows) if (inside.has(row.parentPid)) inside.add(row.pid);
  }
  return {
    service: own,
    database: sum(rows.filter((row) => inside.has(row.pid) && row.pid !== service)),
    fleets: sum(rows.filter((row) => fleets.includes(row.pid))),
  };
}

function sum(rows: readonly Row[]): ProcessUsage {
  return {
    cpuMs: rows.reduce((all, row) => all + row.cpuMs, 0),
    memoryBytes: rows.reduce((all, row) => all + row.memoryBytes, 0),
  };
}

function processTable(): readonly Row[] {
  try {
    const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return names.flatMap((name) => readRow(Number(name)));
  } catch {
    return [];
  }
}

/** Empty when it ended while we looked. */
function readRow(pid: number): readonly Row[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may hold anything; what follows its bracket does not.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const residentKb = Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0);
    // Of those that it started and that have ended, too: backends come and go.
    const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    const cpuMs = ticks * MS_PER_TICK;
    return [{ pid, parentPid: Number(fields[1]), cpuMs, memoryBytes: residentKb * 1024 }];
  } catch {
    return [];
  }
}
