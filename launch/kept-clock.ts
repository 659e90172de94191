/** The demo's clock beside its data: after a restart site time goes on where it would be by now. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SiteClockOrigin } from '../simulator/ipc.js';

const FILE = 'demo-clock.json';

export function siteTimeAt(clock: SiteClockOrigin, realMs: number): number {
  return clock.originSiteMs + (realMs - clock.originRealMs) * clock.speed;
}

/** Undefined in a directory that no demo has used yet. */
export async function readClock(dataDir: string): Promise<SiteClockOrigin | undefined> {
  const text = await readFile(join(dataDir, FILE), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as SiteClockOrigin);
}

export async function keepClock(dataDir: string, clock: SiteClockOrigin): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o755 });
  await writeFile(join(dataDir, FILE), JSON.stringify(clock));
}
