/** Child processes of a launcher: talked to over IPC, never orphaned. */
import { type ChildProcess, spawn } from 'node:child_process';
import { programArgs, ROOT } from './checkout.js';

/** A child that does not end by itself is ended after this. */
const END_GRACE_MS = 20_000;

export interface Child<Incoming, Outgoing> {
  /** The next message that the predicate accepts; rejects when the child ends first. */
  next<T extends Incoming>(accepts: (message: Incoming) => message is T): Promise<T>;
  onMessage(listener: (message: Incoming) => void): void;
  send(message: Outgoing): void;
  readonly pid: number;
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
  /** Asks it to end, waits, and insists if it must. */
  end(): Promise<number>;
}

/**
 * Its stdout and stderr both go to our stderr: stdout is for results. `nodeArgs` stand before the
 * file, as in `node --cpu-prof file`.
 */
export function startChild<Incoming, Outgoing>(
  file: string,
  env: Readonly<Record<string, string>>,
  nodeArgs: readonly string[] = [],
): Child<Incoming, Outgoing> {
  const child = spawn(process.execPath, [...nodeArgs, ...programArgs(file)], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1));
  });
  return {
    next: (accepts) => nextMessage(child, accepts, file),
    onMessage: (listener) => {
      child.on('message', (message) => listener(message as Incoming));
    },
    send: (message) => {
      // It may end between the look and the write; `ended` and `next` tell of that.
      if (child.connected) child.send(message as object, () => undefined);
    },
    pid: child.pid ?? 0,
    ended,
    end: () => endChild(child, ended),
  };
}

function nextMessage<Incoming, T extends Incoming>(
  child: ChildProcess,
  accepts: (message: Incoming) => message is T,
  file: string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown) => {
      if (!accepts(message as Incoming)) return;
      child.off('exit', onExit);
      child.off('message', onMessage);
      resolve(message as T);
    };
    const onExit = (code: number | null, signal: string | null) =>
      reject(new Error(`${file} ended early: ${signal ?? `code ${code}`}`));
    child.on('message', onMessage);
    child.once('exit', onExit);
  });
}

async function endChild(child: ChildProcess, ended: Promise<number>): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), END_GRACE_MS);
  const code = await ended;
  clearTimeout(timer);
  return code;
}
