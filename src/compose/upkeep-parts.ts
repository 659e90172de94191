/** What upkeep needs of this process: a folder for files, and the address that stations reach. */
import { mkdtemp, rm } from 'node:fs/promises';
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

export interface Files {
  readonly shelf: FileShelf;
  /** Removes what was temporary. */
  close(): Promise<void>;
}

/** Beside the database; in a temporary folder where there is no data directory. */
export async function openFiles(dataDir: string | undefined, log: Log): Promise<Files> {
  if (dataDir !== undefined) {
    return { shelf: await openFileShelf(join(dataDir, 'files')), close: async () => undefined };
  }
  const folder = await mkdtemp(join(tmpdir(), 'busbar-files-'));
  log.warn({ folder }, 'files of stations do not outlive this process: set --data-dir');
  return {
    shelf: await openFileShelf(folder),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Without BUSBAR_PUBLIC_URL: the address that we listen on, or the name of this machine for all. */
export function publicUrlOf(config: Config, port: number): string {
  if (config.publicUrl !== undefined) return config.publicUrl;
  const isAny = config.host === '0.0.0.0' || config.host === '::';
  const host = isAny ? hostname() : config.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
