/** Runs the demo as a user would and reads its last line. */
import { spawn } from 'node:child_process';
import { builtProgram } from '../support/built-program.js';

export interface DemoResult {
  readonly stations: number;
  readonly sessions: number;
  readonly requestedWh: number;
  readonly deliveredWh: number;
  readonly feasibleWh: number | null;
  readonly profileCommands: number;
  readonly profileRejected: number;
  readonly ackMs: { readonly p50: number; readonly p99: number; readonly max: number };
  readonly cutMs: { readonly p50: number | null };
  readonly decisionMs: { readonly p50: number; readonly p99: number };
  readonly overLimitAmpSeconds: number;
  readonly worstPhaseFraction: number;
  readonly durationMs: number;
  readonly simulatedMs: number;
}

export interface DemoRun {
  readonly code: number;
  readonly result: DemoResult | undefined;
  readonly stderr: string;
}

/** Free ports are chosen by the system. */
export function runDemo(args: readonly string[]): Promise<DemoRun> {
  const child = spawn(
    process.execPath,
    [builtProgram('launch/demo.ts'), '--json', '--port', '0', '--ocpp-port', '0', ...args],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve) => {
    child.once('exit', (code) => {
      const last = stdout.trim().split('\n').at(-1) ?? '';
      const result = last.startsWith('{') ? (JSON.parse(last) as DemoResult) : undefined;
      resolve({ code: code ?? 1, result, stderr });
    });
  });
}
