/** CPU time and memory of a process and all below it, from /proc. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessUsage {
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

/** Of the process itself, and of those below it (its PostgreSQL); undefined without /proc. */
export function usageOf(
  pid: number,
): { readonly own: ProcessUsage; readonly below: ProcessUsage } | undefined {
  const rows = processTable();
  const own = rows.find((row) => row.pid === pid);
  if (own === undefined) return undefined;
  const inside = new Set([pid]);
  for (let size = 0; size !== inside.size; ) {
    size = inside.size;
    for (const row of rows) if (inside.has(row.parentPid)) inside.add(row.pid);
  }
  const below = rows.filter((row) => inside.has(row.pid) && row.pid !== pid);
  const sum = (of: (row: Row) => number): number => below.reduce((all, row) => all + of(row), 0);
  return { own, below: { cpuMs: sum((it) => it.cpuMs), memoryBytes: sum((it) => it.memoryBytes) } };
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
