import type { Log } from '../../platform/ports.js';
import { startEmbedded } from './embedded.js';

export interface DatabaseOptions {
  /** Set: that server is used and nothing is started. */
  readonly databaseUrl?: string | undefined;
  /** Kept between runs; absent: a temporary directory that is removed at the end. */
  readonly dataDir?: string | undefined;
  readonly log: Log;
}

export interface Database {
  readonly url: string;
  /** Of the private server; undefined with DATABASE_URL or while it is being started again. */
  pid(): number | undefined;
  /** Of the private server; undefined with DATABASE_URL. */
  readonly dataDir?: string;
  /** Ends what was started here. Close the store first. */
  stop(): Promise<void>;
}

/**
 * The database of this process: the one of `databaseUrl`, else a private PostgreSQL.
 * Throws `data-dir-in-use`, `data-dir-unusable` or `database-start-failed`.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { databaseUrl, dataDir, log } = options;
  if (databaseUrl !== undefined) {
    return { url: databaseUrl, pid: () => undefined, stop: async () => undefined };
  }
  const embedded = await startEmbedded({ log, ...(dataDir === undefined ? {} : { dataDir }) });
  return {
    url: embedded.url,
    pid: embedded.pid,
    dataDir: embedded.baseDir,
    stop: () => embedded.stop(),
  };
}
