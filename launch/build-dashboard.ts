/** The dashboard is built once after a fresh install; afterwards this returns at once. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { ROOT } from './checkout.js';

export async function buildDashboard(say: (line: string) => void): Promise<void> {
  if (existsSync(`${ROOT}web/dist/index.html`)) return;
  say('building the dashboard (once) ...');
  const code = await new Promise<number>((resolve, reject) => {
    const build = spawn('npm', ['run', 'build', '--workspace', 'web', '--silent'], {
      cwd: ROOT,
      stdio: ['ignore', 2, 2],
      shell: process.platform === 'win32',
    });
    build.once('error', reject);
    build.once('exit', (status) => resolve(status ?? 1));
  });
  if (code !== 0) say('the dashboard could not be built; the API and OCPP work without it');
}
