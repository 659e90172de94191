/** `npm test`: sees that what the tests need is there, then runs them all. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { platform } from 'node:os';

/** Programs that no npm package carries. */
const NEEDS = [
  { program: 'chromium', debianPackage: 'chromium' },
  { program: 'redis-server', debianPackage: 'redis-server' },
];

const missing = NEEDS.filter(({ program }) => !isInstalled(program));
if (missing.length > 0) install(missing.map((it) => it.debianPackage));

const result = spawnSync(
  process.execPath,
  ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
process.exit(result.status ?? 1);

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
