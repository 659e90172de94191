/** A private PostgreSQL that lives as long as this process, and comes back when it dies. */
import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CpmsError, hasCode } from '../../platform/errors.js';
import type { Log } from '../../platform/ports.js';
import { type Cluster, createCluster, prepareDirectories } from './cluster.js';
import { lockDataDir } from './data-dir-lock.js';
import { SOCKET_PORT } from './leftover.js';
import { type Postmaster, startPostmaster } from './server.js';

export interface EmbeddedPostgres {
  readonly url: string;
  readonly baseDir: string;
  /** Undefined while it is being started again. */
  pid(): number | undefined;
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Kept between runs; absent: a temporary one that is removed at the end. */
  readonly dataDir?: string;
  readonly log: Log;
}

/** Backends of a killed postmaster need a moment to notice; then the shared memory is free. */
const START_ATTEMPTS_MAX = 10;
const START_PAUSE_MS = 300;
const RESTART_PAUSE_MS = 500;

/** Throws `data-dir-in-use`, `data-dir-unusable` or `database-start-failed`. */
export async function startEmbedded({ dataDir, log }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const unlock = await lockKept(dataDir);
  try {
    const cluster = await prepareDirectories(dataDir);
    return await startIn(cluster, { log, unlock });
  } catch (error) {
    await unlock();
    throw error;
  }
}

/** Before anything else is touched: another busbar may be at work there. */
async function lockKept(dataDir: string | undefined): Promise<() => Promise<void>> {
  if (dataDir === undefined) return async () => undefined;
  const directory = resolve(dataDir);
  try {
    await mkdir(directory, { recursive: true, mode: 0o755 });
    return await lockDataDir(directory);
  } catch (cause) {
    if (cause instanceof CpmsError) throw cause;
    const message = `${directory} cannot be created or written`;
    throw new CpmsError('data-dir-unusable', message, { retriable: false, cause });
  }
}

async function startIn(
  cluster: Cluster,
  { log, unlock }: { readonly log: Log; readonly unlock: () => Promise<void> },
): Promise<EmbeddedPostgres> {
  const removePassing = async (): Promise<void> => {
    for (const path of cluster.passing) await rm(path, { recursive: true, force: true });
  };
  const keeper = keepRunning(cluster, log);
  try {
    await createCluster(cluster);
    await keeper.start();
  } catch (error) {
    await removePassing();
    throw error;
  }
  return {
    url: `postgresql://postgres@/postgres?host=${encodeURIComponent(cluster.socketDir)}&port=${SOCKET_PORT}`,
    baseDir: cluster.baseDir,
    pid: keeper.pid,
    stop: async () => {
      await keeper.stop();
      await removePassing();
      await unlock();
    },
  };
}

interface Keeper {
  start(): Promise<void>;
  pid(): number | undefined;
  stop(): Promise<void>;
}

/** Starts the postmaster again each time that it ends without being told to. */
function keepRunning(cluster: Cluster, log: Log): Keeper {
  const life: { current?: Postmaster; stopping: boolean } = { stopping: false };

  const guard = async (): Promise<void> => {
    while (life.current !== undefined) {
      const { pid, ended } = life.current;
      await ended;
      delete life.current;
      if (life.stopping) return;
      log.error({ pid }, 'PostgreSQL ended unexpectedly; starting it again');
      await restart();
    }
  };

  const restart = async (): Promise<void> => {
    while (!life.stopping && life.current === undefined) {
      try {
        life.current = await startPatiently(cluster);
        if (life.stopping) await life.current.stop();
        else log.info({ pid: life.current.pid }, 'PostgreSQL is back');
      } catch (error) {
        log.error({ err: error }, 'PostgreSQL does not start');
        await sleep(RESTART_PAUSE_MS);
      }
    }
  };

  let guarding: Promise<void> = Promise.resolve();
  return {
    start: async () => {
      life.current = await startPatiently(cluster);
      guarding = guard();
    },
    pid: () => life.current?.pid,
    stop: async () => {
      life.stopping = true;
      await life.current?.stop();
      await guarding;
    },
  };
}

async function startPatiently(cluster: Cluster): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startPostmaster(cluster);
    } catch (error) {
      if (attempt >= START_ATTEMPTS_MAX || !hasCode(error, 'database-start-failed')) throw error;
      await sleep(START_PAUSE_MS);
    }
  }
}
