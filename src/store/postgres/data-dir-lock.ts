/** One busbar per data directory: a lock file that names its process. */
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CpmsError } from '../../platform/errors.js';
import { isAlive, startMark } from './process-table.js';

interface Holder {
  readonly pid: number;
  readonly startMark: string;
}

const ATTEMPTS_MAX = 5;

/**
 * Takes the lock and returns its release. Throws `data-dir-in-use` while its holder lives; the lock
 * of a dead process is taken over.
 */
export async function lockDataDir(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'busbar.lock');
  const own = `${path}.${process.pid}`;
  const holder: Holder = { pid: process.pid, startMark: startMark(process.pid) };
  await writeFile(own, JSON.stringify(holder));
  try {
    await takeOver(path, own);
  } finally {
    await rm(own, { force: true });
  }
  return () => rm(path, { force: true });
}

/** A link to a complete file appears at once or not at all. */
async function takeOver(path: string, own: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    try {
      await link(own, path);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    await removeStale(path);
  }
  throw new CpmsError('data-dir-in-use', `cannot take ${path}`, { retriable: true });
}

/** Two starters may see the same stale lock: it is moved away first, then looked at again. */
async function removeStale(path: string): Promise<void> {
  refuseLive(path, await readHolder(path));
  const moved = `${path}.stale.${process.pid}`;
  try {
    await rename(path, moved);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const holder = await readHolder(moved);
  if (holder !== undefined && lives(holder)) await link(moved, path);
  await rm(moved, { force: true });
  refuseLive(path, holder);
}

function refuseLive(path: string, holder: Holder | undefined): void {
  if (holder === undefined || !lives(holder)) return;
  const message = `the data directory is in use by process ${holder.pid} (${path})`;
  throw new CpmsError('data-dir-in-use', message, { retriable: true });
}

function lives(holder: Holder): boolean {
  return isAlive(holder.pid) && startMark(holder.pid) === holder.startMark;
}

async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    const parsed = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder>;
    if (typeof parsed.pid !== 'number' || typeof parsed.startMark !== 'string') return undefined;
    return { pid: parsed.pid, startMark: parsed.startMark };
  } catch {
    return undefined;
  }
}
