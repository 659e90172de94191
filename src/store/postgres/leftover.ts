/** A postmaster that outlived its busbar, and its pid file. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CpmsError } from '../../platform/errors.js';
import type { Cluster } from './cluster.js';
import { commandLine, isAlive, waitForEnd } from './process-table.js';

export interface PidFile {
  readonly pid: number;
  /** As the server was given it. */
  readonly clusterDir: string;
  /** 'starting', 'ready', 'stopping' or 'standby'. */
  readonly status: string;
}

/** The socket's directory is of this cluster alone. */
type Places = Pick<Cluster, 'clusterDir' | 'socketDir'>;

export const SOCKET_PORT = 5432;

const PID_FILE = 'postmaster.pid';
const SOCKET_LOCK_FILE = `.s.PGSQL.${SOCKET_PORT}.lock`;

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
    lines = (await readFile(join(clusterDir, PID_FILE), 'utf8')).split('\n');
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
 * Makes way for a new postmaster: stops the one that a killed busbar left on this cluster (nothing of
 * it is adopted, so that every server has a living parent), and removes the lock files that
 * PostgreSQL would take for those of a living server for ever: an empty one, of a server that died
 * while it wrote it, and one whose number now belongs to another program. Any other pid file is left
 * to PostgreSQL, which checks it against the shared memory. The caller holds the data directory.
 */
export async function clearLeftover({ clusterDir, socketDir }: Places): Promise<void> {
  const found = await readPidFile(clusterDir);
  if (found === undefined) await rm(join(clusterDir, PID_FILE), { force: true });
  else if (isAlive(found.pid)) {
    if (commandLine(found.pid).includes(found.clusterDir)) await stopPostmaster(found.pid);
    else await rm(join(clusterDir, PID_FILE), { force: true });
  }
  await rm(join(socketDir, SOCKET_LOCK_FILE), { force: true });
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
