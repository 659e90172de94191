/** `npm run demo` as a child process on free ports, without a data directory. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const START_MS = 180_000;
const END_MS = 120_000;

export interface RunningDemo {
  /** The one-time link that it printed. */
  readonly enterUrl: string;
  /** Ctrl-C; resolves with the exit code and the summary on stdout. */
  end(): Promise<{ readonly code: number | null; readonly stdout: string }>;
}

export async function runningDemo(...flags: readonly string[]): Promise<RunningDemo> {
  const demo = spawn(
    process.execPath,
    ['--import', 'tsx', 'launch/demo.ts', '--port', '0', '--ocpp-port', '0', ...flags],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = new Promise<number | null>((resolve) => demo.once('exit', resolve));
  let stdout = '';
  demo.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  const end = async () => {
    demo.kill('SIGINT');
    const timer = setTimeout(() => demo.kill('SIGKILL'), END_MS);
    const code = await ended;
    clearTimeout(timer);
    return { code, stdout };
  };
  try {
    return { enterUrl: await printedLink(demo), end };
  } catch (error) {
    await end();
    throw error;
  }
}

function printedLink(demo: ReturnType<typeof spawn>): Promise<string> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    const fail = (why: string) => reject(new Error(`the demo ${why}:\n${stderr}`));
    const timer = setTimeout(() => fail('printed no link'), START_MS);
    demo.once('exit', () => fail('ended'));
    demo.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      const link = /dashboard\s+(http\S+)/.exec(stderr)?.[1];
      if (link === undefined) return;
      clearTimeout(timer);
      resolve(link);
    });
  });
}
