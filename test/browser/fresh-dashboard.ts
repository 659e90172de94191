/** The page as its sources are now: built when there is no build, or an older one. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const WEB = fileURLToPath(new URL('../../web/', import.meta.url));
const SOURCES = ['src', 'public', 'index.html', 'vite.config.ts', 'package.json'];

/** Throws when the build fails. */
export function freshDashboard(): void {
  const built = `${WEB}dist/index.html`;
  const newestMs = Math.max(...SOURCES.map((name) => changedAtMs(`${WEB}${name}`)));
  if (existsSync(built) && statSync(built).mtimeMs >= newestMs) return;
  const { status, stderr } = spawnSync('npm', ['run', 'build', '--silent'], {
    cwd: WEB,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`the dashboard could not be built: ${stderr}`);
}

function changedAtMs(path: string): number {
  const status = statSync(path);
  if (!status.isDirectory()) return status.mtimeMs;
  const inside = readdirSync(path).map((name) => changedAtMs(`${path}/${name}`));
  return Math.max(status.mtimeMs, ...inside);
}
