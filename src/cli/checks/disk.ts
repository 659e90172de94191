/** Room where the private PostgreSQL keeps its data. */
import { constants, existsSync } from 'node:fs';
import { access, stat, statfs } from 'node:fs/promises';
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
  const obstacle = await obstacleAt(at);
  if (obstacle !== undefined) {
    return failed(NAME, `${at} ${obstacle}`, 'choose another directory by --data-dir');
  }
  const { bavail, bsize } = await statfs(at);
  const freeGb = (bavail * bsize) / GB;
  const found = `${freeGb.toFixed(1)} GB free at ${at}`;
  const fix = 'make room, or move the data directory';
  if (freeGb < FREE_MIN_GB) return failed(NAME, found, fix);
  return freeGb < WARNING_GB ? warning(NAME, found, fix) : ok(NAME, found);
}

async function obstacleAt(path: string): Promise<string | undefined> {
  if (!(await stat(path)).isDirectory()) return 'is not a directory';
  try {
    await access(path, constants.W_OK | constants.X_OK);
    return undefined;
  } catch {
    return 'may not be written by this user';
  }
}

/** The directory is made at the first start: until then the one above it counts. */
function existing(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : existing(dirname(path));
}
