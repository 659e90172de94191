/** The demo as a user runs it: a process group of its own, its own temporary directory. */
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { builtProgram } from './built-program.js';
import { processTable } from './processes.js';

export interface DemoProcess {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** The one-time link, once it is announced. */
  link(): Promise<string>;
  /** To the whole group, as a terminal does it; a group that has ended hears nothing. */
  signal(signal: NodeJS.Signals): void;
}

/** Enough for a start on a busy machine. */
const START_TIMEOUT_MS = 180_000;
const POLL_MS = 50;

/** Free ports are chosen by the system, unless `args` name others. */
export function startDemo(args: readonly string[], temporary: string): DemoProcess {
  const child = spawn(
    process.execPath,
    [builtProgram('launch/demo.ts'), '--port', '0', '--ocpp-port', '0', ...args],
    {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TMPDIR: temporary },
    },
  );
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => {
    texts.stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    texts.stderr += chunk.toString();
  });
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once('close', (code, signal) => resolve(code ?? signal ?? 1));
  });
  const pid = child.pid ?? 0;
  return {
    pid,
    ended,
    stdout: () => texts.stdout,
    stderr: () => texts.stderr,
    link: () =>
      waitFor(
        () => /dashboard {2}(\S+)/.exec(texts.stderr)?.[1],
        () => `no link: ${texts.stderr}`,
      ),
    signal: (signal) => signalGroup(pid, signal),
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Polls until there is a value; throws with `why` after three minutes. */
export async function waitFor<T>(look: () => T | undefined, why: () => string): Promise<T> {
  const endMs = performance.now() + START_TIMEOUT_MS;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > endMs) throw new Error(why());
    await sleep(POLL_MS);
  }
}

/** Open to others, as the parents of a data directory must be when we run as root. */
export function makeDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'busbar-t-'));
  chmodSync(path, 0o755);
  return path;
}

export function removeDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** What is left of a run: its files (not the cache of tsx) and processes that name its directory. */
export function leftBehind(directory: string): readonly string[] {
  const files = readdirSync(directory).filter((name) => !name.startsWith('tsx-'));
  return [...files, ...processesOf(directory)];
}

export function processesOf(directory: string): readonly string[] {
  return processTable().flatMap(({ pid, command }) =>
    command.includes(directory) ? [`${pid} ${command}`] : [],
  );
}
