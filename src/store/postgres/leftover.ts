/** A postmaster that outlived its busbar, and its pid file. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CpmsError } from '../../platform/errors.js';
import { commandLine, isAlive, waitForEnd } from './process-table.js';

export interface PidFile {
  readonly pid: number;
  /** As the server was given it. */
  readonly clusterDir: string;
  /** 'starting', 'ready', 'stopping' or 'standby'. */
  readonly status: string;
}

/** Line numbers of postmaster.pid, from PostgreSQL's pidfile.h. */
const LINE_PID = 0;
const LINE_CLUSTER_DIR = 1;
const LINE_STATUS = 7;

/** A fast stop writes a checkpoint; after that an immediate one only costs recovery at the next start. */
const FAST_STOP_MS = 10_000;
const IMMEDIATE_STOP_MS = 5000;

export async function readPidFile(clusterDir: string): Promise<PidFile | undefined> {
  let lines: readonly string[];
  try {
    lines = (await readFile(join(clusterDir, 'postmaster.pid'), 'utf8')).split('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const pid = Number(lines[LINE_PID]);
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return {
    pid,
    clusterDir: lines[LINE_CLUSTER_DIR] ?? '',
    status: (lines[LINE_STATUS] ?? '').trim(),
  };
}

/**
 * Stops the postmaster that a killed busbar left on this cluster; nothing of it is adopted, so that
 * every server has a living parent. A pid file is left to PostgreSQL, which checks it against the
 * shared memory; only where its number now belongs to another program is it removed.
 */
export async function stopLeftover(clusterDir: string): Promise<void> {
  const found = await readPidFile(clusterDir);
  if (found === undefined) return;
  if (!isAlive(found.pid)) return;
  if (commandLine(found.pid).includes(found.clusterDir)) await stopPostmaster(found.pid);
  else await rm(join(clusterDir, 'postmaster.pid'), { force: true });
}

/** Fast stop, then immediate, then by force. Throws `database-start-failed` if it still lives. */
export async function stopPostmaster(pid: number): Promise<void> {
  for (const [signal, timeoutMs] of [
    ['SIGINT', FAST_STOP_MS],
    ['SIGQUIT', IMMEDIATE_STOP_MS],
    ['SIGKILL', IMMEDIATE_STOP_MS],
  ] as const) {
    signalIfAlive(pid, signal);
    if (await waitForEnd(pid, timeoutMs)) return;
  }
  const message = `PostgreSQL (process ${pid}) does not end`;
  throw new CpmsError('database-start-failed', message, { retriable: true });
}

function signalIfAlive(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
