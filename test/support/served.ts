/** `busbar serve` and other commands of `busbar` as a person runs them: processes with output to read. */
import { spawn } from 'node:child_process';
import { type ApiClient, createApiClient } from '../../launch/api-client.js';
import { builtProgram } from './built-program.js';
import { waitFor } from './demo-process.js';

export type Environment = Readonly<Record<string, string>>;

const CLI = builtProgram('src/cli/main.ts');

export interface Served {
  readonly api: ApiClient;
  readonly apiKey: string;
  readonly httpPort: string;
  readonly ocppPort: string;
  readonly apiUrl: string;
  readonly ocppUrl: string;
  log(): string;
  /** SIGTERM; resolves with the exit code. */
  end(): Promise<number>;
  kill(): Promise<void>;
}

/** At free ports; resolves when it has said that it is ready. */
export async function startServed(env: Environment): Promise<Served> {
  const child = spawn(process.execPath, [CLI, 'serve', '--port', '0', '--ocpp-port', '0'], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1));
  });
  const printed = (pattern: RegExp): Promise<string> =>
    waitFor(
      () => pattern.exec(texts.stdout)?.[1],
      () => `not printed: ${pattern.source}\n${texts.stdout}${texts.stderr}`,
    );
  const httpPort = await printed(/dashboard\s+http:\/\/localhost:(\d+)/);
  const ocppPort = await printed(/ocpp\s+ws:\/\/localhost:(\d+)/);
  const apiKey = await printed(/API key\s+(bb_\S+)/);
  const apiUrl = `http://127.0.0.1:${httpPort}`;
  return {
    api: createApiClient(apiUrl, apiKey),
    apiKey,
    httpPort,
    ocppPort,
    apiUrl,
    ocppUrl: `ws://127.0.0.1:${ocppPort}/ocpp`,
    log: () => texts.stderr,
    async end() {
      child.kill('SIGTERM');
      return ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command of `busbar` to its end. */
export function runBusbar(args: readonly string[], env: Environment = {}): Promise<CommandRun> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString()));
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code: code ?? 1, ...texts }));
  });
}
