/** A real redis-server of our own, on a unix socket in a temporary directory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { vi } from 'vitest';

export interface RedisProcess {
  readonly url: string;
  readonly directory: string;
  /** Empties it. */
  flush(): Promise<void>;
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>;
  /** Again, on the same socket and directory, with these arguments too; resolves when it answers. */
  start(...more: readonly string[]): Promise<void>;
  /** Ends it and removes its directory. */
  remove(): Promise<void>;
}

/** Keeps jobs over a restart when given `--appendonly yes`. */
export async function startRedis(args: readonly string[] = []): Promise<RedisProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'busbar-r-'));
  const url = join(directory, 'redis.sock');
  let child: ChildProcess | undefined;

  /** Resolves with the answer; rejects with what Redis or the socket said. */
  async function ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
    let told: unknown;
    redis.on('error', (error) => {
      told = error;
    });
    try {
      await redis.connect();
      return await question(redis);
    } catch (error) {
      throw told ?? error;
    } finally {
      redis.disconnect();
    }
  }

  async function start(...more: readonly string[]): Promise<void> {
    child = spawn(
      'redis-server',
      ['--port', '0', '--unixsocket', url, '--dir', directory, '--save', '', ...args, ...more],
      { stdio: 'ignore' },
    );
    const isUp = (): Promise<unknown> =>
      ask((redis) => redis.ping()).catch((error: unknown) => {
        // One that asks for a password is up too.
        if (!String(error).includes('NOAUTH')) throw error;
      });
    await vi.waitFor(isUp, { timeout: 20_000, interval: 20 });
  }

  async function kill(): Promise<void> {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child?.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }

  await start();
  return {
    url,
    directory,
    start,
    kill,
    flush: () => ask(async (redis) => void (await redis.flushall())),
    async remove() {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
