/** Room where the private PostgreSQL keeps its data. */
import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type CheckResult, failed, none, ok, warning } from './check.js';

const NAME = 'disk';
const GB = 1e9;
const WARNING_GB = 5;
const FREE_MIN_GB = 1;

export async function checkDisk(settings: {
  readonly dataDir: string | undefined;
  readonly databaseUrl: string | undefined;
}): Promise<CheckResult> {
  if (settings.databaseUrl !== undefined) return none(NAME, 'the data is on the PostgreSQL server');
  if (settings.dataDir === undefined) return none(NAME, 'no data directory: nothing is kept');
  const at = existing(resolve(settings.dataDir));
  const { bavail, bsize } = await statfs(at);
  const freeGb = (bavail * bsize) / GB;
  const found = `${freeGb.toFixed(1)} GB free at ${at}`;
  const fix = 'make room, or move the data directory';
  if (freeGb < FREE_MIN_GB) return failed(NAME, found, fix);
  return freeGb < WARNING_GB ? warning(NAME, found, fix) : ok(NAME, found);
}

/** The directory is made at the first start: until then the one above it counts. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}
