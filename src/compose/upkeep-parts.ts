/** What upkeep needs of this process: a folder for files, and the address that stations reach. */
import { mkdtemp } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../platform/config.js';
import type { Log } from '../platform/ports.js';
import { type FileShelf, openFileShelf } from '../upkeep/transfer/file-shelf.js';
import type { UpkeepSettings } from '../upkeep/ports.js';

const LOOK_EVERY_MS = 2000;

export function upkeepSettings(config: Config): UpkeepSettings {
  const { certificateSigning, certificateOrganisation, fileRetentionDays } = config;
  return {
    certificateSigning,
    fileRetentionDays,
    lookEveryMs: LOOK_EVERY_MS,
    ...(certificateOrganisation === undefined ? {} : { certificateOrganisation }),
  };
}

/** Beside the database; in a temporary folder where there is no data directory. */
export async function openFiles(dataDir: string | undefined, log: Log): Promise<FileShelf> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'busbar-files-')));
  if (dataDir === undefined) {
    log.warn({ folder }, 'files of stations do not outlive this process: set --data-dir');
  }
  return openFileShelf(join(folder, 'files'));
}

/** Without BUSBAR_PUBLIC_URL: the address that we listen on, or the name of this machine for all. */
export function publicUrlOf(config: Config, port: number): string {
  if (config.publicUrl !== undefined) return config.publicUrl;
  const isAny = config.host === '0.0.0.0' || config.host === '::';
  const host = isAny ? hostname() : config.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
