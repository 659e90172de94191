/** One postmaster of ours: start, watch, stop. */
import { type ChildProcess, spawn } from 'node:child_process';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CpmsError } from '../../platform/errors.js';
import { type Cluster, serverEnv } from './cluster.js';
import { clearLeftover, readPidFile, SOCKET_PORT, stopPostmaster } from './leftover.js';

export interface Postmaster {
  readonly pid: number;
  /** Resolves when it has ended, whoever ended it. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** After a crash it first writes everything of its directory to the disk, however slow that is. */
const READY_TIMEOUT_MS = 300_000;
const READY_POLL_MS = 10;
const LOG_SIZE_MAX = 10_000_000;
const LOG_TAIL_CHARS = 2000;

/**
 * Becomes PostgreSQL, and leaves a watcher behind that reads a pipe held by us (descriptor 3: Node
 * closes descriptor 0 itself when PostgreSQL ends). A word on the pipe sends the watcher away. The end of the pipe means that we were killed: it stops the server and
 * removes what was temporary. The double fork keeps PostgreSQL from seeing a child it does not know.
 * Arguments: directories to remove one per line, the cluster's directory, the command.
 */
const LAUNCHER = `
server=$$ passing=$1 cluster=$2
shift 2
( (
  read -r word && exit 0
  [ "$(head -n 1 "$cluster/postmaster.pid" 2>/dev/null)" = "$server" ] && kill -INT "$server"
  tries=0
  while [ -e "$cluster/postmaster.pid" ] && kill -0 "$server" 2>/dev/null && [ "$tries" -lt 100 ]
  do sleep 0.1; tries=$((tries + 1)); done
  printf '%s\\n' "$passing" | while read -r gone; do [ -n "$gone" ] && rm -rf "$gone"; done
) <&3 3<&- >/dev/null 2>&1 & )
exec "$@" 3<&-
`;

/** fsync stays on: an acknowledged transaction survives a power cut. */
const SETTINGS = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  fsync: 'on',
  synchronous_commit: 'on',
  shared_buffers: '64MB',
  max_connections: '60',
  max_wal_size: '512MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
};

/**
 * Resolves when it accepts connections. One that still runs on this cluster is stopped first. Throws `database-start-failed` with the end of its log.
 */
export async function startPostmaster(cluster: Cluster): Promise<Postmaster> {
  const logPath = join(cluster.baseDir, 'postgres.log');
  await clearLeftover(cluster);
  const child = await launch(cluster, logPath);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  if (child.pid === undefined || !(await waitUntilReady(cluster.clusterDir, child))) {
    sendWatcherAway(child);
    if (child.pid !== undefined) await stopPostmaster(child.pid);
    const tail = (await readFile(logPath, 'utf8')).slice(-LOG_TAIL_CHARS);
    const message = `PostgreSQL did not start; the end of ${logPath}:\n${tail}`;
    throw new CpmsError('database-start-failed', message, { retriable: true });
  }
  const { pid } = child;
  void ended.then(() => sendWatcherAway(child));
  return {
    pid,
    ended,
    stop: async () => {
      await stopPostmaster(pid);
      await ended;
    },
  };
}

async function launch(cluster: Cluster, logPath: string): Promise<ChildProcess> {
  const log = await open(logPath, 'a');
  if ((await log.stat()).size > LOG_SIZE_MAX) await log.truncate();
  const settings = { ...SETTINGS, unix_socket_directories: cluster.socketDir };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const command = [cluster.binaries.postgres, '-D', cluster.clusterDir, ...flags];
  command.push('-p', String(SOCKET_PORT));
  const passing = cluster.passing.join('\n');
  try {
    const child = spawn(
      '/bin/sh',
      ['-c', LAUNCHER, 'busbar-postgres', passing, cluster.clusterDir, ...command],
      {
        cwd: cluster.clusterDir,
        env: serverEnv(),
        stdio: ['ignore', log.fd, log.fd, 'pipe'],
        // Its own session: a Ctrl-C is for us, who drain first.
        detached: true,
        ...cluster.user,
      },
    );
    return child;
  } finally {
    await log.close();
  }
}

function sendWatcherAway(child: ChildProcess): void {
  const pipe = child.stdio[3] as Writable | undefined;
  pipe?.on('error', () => undefined);
  pipe?.end('leave\n');
}

async function waitUntilReady(clusterDir: string, child: ChildProcess): Promise<boolean> {
  const endMs = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < endMs) {
    if (child.exitCode !== null || child.signalCode !== null) return false;
    const found = await readPidFile(clusterDir);
    if (found?.pid === child.pid && found?.status === 'ready') return true;
    await sleep(READY_POLL_MS);
  }
  return false;
}
