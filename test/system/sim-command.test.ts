/** `npm run sim` as an engineer meets it: its figures, and flags that do not go together. */
import { execFile } from 'node:child_process';
import { expect, test } from 'vitest';

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function sim(...args: readonly string[]): Promise<Ended> {
  const argv = ['--import', 'tsx', 'test/sim/cli.ts', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, argv, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : 0;
      resolve({ code, stdout, stderr });
    });
  });
}

test('a run gives its figures as one JSON object', async () => {
  const { code, stdout } = await sim('--seeds', '2', '--from', '20001', '--jobs', '2', '--json');
  expect(code).toBe(0);
  const figures = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>;
  expect(Object.keys(figures)).toEqual([
    'seeds',
    'simulatedSeconds',
    'events',
    'steps',
    'violations',
    'eventsPerSecond',
    'seedsPerSecond',
    'cpuSeconds',
    'seedsPerCpuSecond',
    'traceHash',
  ]);
  expect(figures).toMatchObject({ seeds: 2, violations: [] });
});

test.each([
  [['--trace'], '--trace needs --seed'],
  [['--seed', '5', '--seeds', '10'], '--seeds'],
  [['--rule', 'R3'], 'need --mutate'],
  [['--mutate', '--workload', 'liar'], '--workload'],
  [['--mutate', '--what', 'no such words'], '--what'],
  [['--exhaustive', '--seeds', '5'], '--seeds'],
  [['--from', '2147483647', '--seeds', '2'], '2147483647'],
  [['--workload', 'nobody'], 'late-queue'],
])('%j is refused, and the reason names the flag', async (args, named) => {
  const { code, stdout, stderr } = await sim(...args);
  expect(code).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toContain(named);
});
