/** The service as a child process over IPC, for tests that kill it. */
import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ApiClient, createApiClient } from '../../launch/api-client.js';
import { builtProgram } from './built-program.js';

interface Ready {
  readonly type: 'ready';
  readonly port: number;
  readonly ocppPort: number;
  readonly apiKey: string;
}

export interface CpmsProcess {
  readonly pid: number;
  readonly api: ApiClient;
  /** Of this start; those of earlier ones stay good. */
  readonly apiKey: string;
  readonly apiUrl: string;
  readonly ocppUrl: string;
  stderr(): string;
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with the exit code. */
  end(): Promise<number>;
}

/** PostgreSQL may take so long to write its directory to the disk after a crash. */
const READY_MAX_MS = 330_000;

/** Rejects when it ends before it is ready, or is not in time: then it is killed. */
export async function startCpms(options: {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<CpmsProcess> {
  const env = {
    ...process.env,
    BUSBAR_PORT: '0',
    BUSBAR_OCPP_PORT: '0',
    BUSBAR_DATA_DIR: options.dataDir,
    LOG_LEVEL: 'warn',
    ...options.env,
  };
  const child = fork(builtProgram('src/main.ts'), [], {
    execArgv: [],
    env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = new Promise<number>((resolve) => {
    child.once('exit', (code) => resolve(code ?? 1));
  });
  const ready = await new Promise<Ready>((resolve, reject) => {
    const late = setTimeout(() => child.kill('SIGKILL'), READY_MAX_MS);
    child.once('message', (message) => {
      clearTimeout(late);
      resolve(message as Ready);
    });
    void ended.then((code) => {
      clearTimeout(late);
      reject(new Error(`the CPMS ended with ${code} before it was ready: ${stderr}`));
    });
  });
  const apiUrl = `http://127.0.0.1:${ready.port}`;
  return {
    pid: child.pid ?? 0,
    api: createApiClient(apiUrl, ready.apiKey),
    apiKey: ready.apiKey,
    apiUrl,
    ocppUrl: `ws://127.0.0.1:${ready.ocppPort}/ocpp`,
    stderr: () => stderr,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async end() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** Of the private PostgreSQL of a data directory; undefined while there is none. */
export function postmasterPid(dataDir: string): number | undefined {
  try {
    const text = readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8');
    const pid = Number(text.split('\n')[0]);
    return pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}
