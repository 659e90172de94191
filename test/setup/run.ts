/** `npm test`: sees that what the tests need is there, then runs them all, or what its arguments say. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { platform, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { closingLine, type Count, countIn, NOTHING, totalOf } from './closing-count.js';

/** Programs that no npm package carries. */
const NEEDS = [
  { program: 'chromium', debianPackage: 'chromium' },
  { program: 'redis-server', debianPackage: 'redis-server' },
];

interface Lane {
  readonly projects: readonly string[];
  readonly niceness: number;
}

/**
 * Tests with real servers mostly wait, those without never do: at once they take little longer than
 * the processor needs for both. Who waits for real time goes first when there is something to do. A day at 360
 * times real time has the machine to itself: on a busy one it is refused.
 */
const STAGES: readonly (readonly Lane[])[] = [
  [
    { projects: ['system', 'browser'], niceness: 0 },
    { projects: ['unit'], niceness: 10 },
  ],
  [{ projects: ['day'], niceness: 0 }],
];

interface LaneEnd {
  readonly code: number;
  readonly count: Count;
}

const missing = NEEDS.filter(({ program }) => !isInstalled(program));
if (missing.length > 0) install(missing.map((it) => it.debianPackage));

const asked = process.argv.slice(2);
const ends = asked.length > 0 ? [await run(asked)] : await runAll();
process.exitCode = ends.find((it) => it.code !== 0)?.code ?? 0;

async function runAll(): Promise<readonly LaneEnd[]> {
  const ends: LaneEnd[] = [];
  for (const lanes of STAGES) ends.push(...(await Promise.all(lanes.map(runLane))));
  process.stdout.write(`\n${closingLine(totalOf(ends.map((it) => it.count)))}\n`);
  return ends;
}

function runLane({ projects, niceness }: Lane): Promise<LaneEnd> {
  return run(
    projects.flatMap((it) => ['--project', it]),
    niceness,
  );
}

/** Its output goes on to ours; the count is that of its closing line. */
function run(args: readonly string[], niceness = 0): Promise<LaneEnd> {
  const child = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...args], {
    stdio: ['inherit', 'pipe', 'inherit'],
    env: { ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}), ...process.env },
  });
  if (child.pid !== undefined && niceness > 0) setPriority(child.pid, niceness);
  let count = NOTHING;
  createInterface({ input: child.stdout }).on('line', (line) => {
    process.stdout.write(`${line}\n`);
    count = countIn(line) ?? count;
  });
  return new Promise((resolve) => {
    child.once('close', (status) => {
      const code = status ?? 1;
      // It may have died before it could count.
      const isUncounted = code !== 0 && count.failed === 0;
      resolve({ code, count: isUncounted ? { ...count, failed: 1 } : count });
    });
  });
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '')
    .split(':')
    .some((folder) => existsSync(`${folder}/${program}`));
}

function install(packages: readonly string[]): void {
  const line = `apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const isDebianRoot = platform() === 'linux' && process.getuid?.() === 0 && isInstalled('apt-get');
  if (!isDebianRoot) {
    process.stderr.write(`The tests need ${packages.join(' and ')}: run "${line}" as root.\n`);
    process.exit(1);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  for (const command of ['apt-get update -qq', line.replace('-y', '-y -qq')]) {
    const [program = '', ...args] = command.split(' ');
    const { status } = spawnSync(program, args, { stdio: ['ignore', 'ignore', 'inherit'], env });
    if (status !== 0) {
      process.stderr.write(`"${command}" failed; the tests need ${packages.join(' and ')}.\n`);
      process.exit(1);
    }
  }
}
