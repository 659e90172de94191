/** Where an embedded database lives on disk, and its first creation. */
import { execFile } from 'node:child_process';
import { access, chmod, chown, mkdir, mkdtemp, realpath, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { CpmsError } from '../../platform/errors.js';
import { type Binaries, copyBinaries, findBinaries } from './binaries.js';
import { canEnter, type OsUser, serverUser } from './os-user.js';

export interface Cluster {
  /** Everything of ours: lock, log, socket, data. */
  readonly baseDir: string;
  /** PostgreSQL's own data directory. */
  readonly clusterDir: string;
  readonly socketDir: string;
  /** Directories that go away with the server. */
  readonly passing: readonly string[];
  readonly temporary: boolean;
  readonly binaries: Binaries;
  readonly user?: OsUser;
}

/** A socket's path fits in 107 bytes (sockaddr_un); its file name takes 18 of them. */
const SOCKET_DIR_MAX = 88;
/** Leaves room for `/busbar-XXXXXX/run`. */
const TEMPORARY_PARENT_MAX = SOCKET_DIR_MAX - 18;

const run = promisify(execFile);

/** Creates the directories. Throws `data-dir-unusable` where the server's user cannot go. */
export async function prepareDirectories(dataDir: string | undefined): Promise<Cluster> {
  const user = serverUser(dataDir === undefined ? undefined : join(dataDir, 'postgres'));
  const baseDir =
    dataDir === undefined ? await makeTemporary(user) : await findKept(resolve(dataDir), user);
  const own = join(baseDir, 'run');
  const socketDir = own.length <= SOCKET_DIR_MAX ? own : await makeTemporary(user);
  await makeOwned(socketDir, user);
  const temporary = dataDir === undefined;
  return {
    baseDir,
    clusterDir: join(baseDir, 'postgres'),
    socketDir,
    passing: [...(temporary ? [baseDir] : []), ...(socketDir === own ? [] : [socketDir])],
    temporary,
    binaries: await readableBinaries(baseDir, user),
    ...(user === undefined ? {} : { user }),
  };
}

/** Runs initdb unless it has been run; an interrupted one starts over. */
export async function createCluster({
  clusterDir,
  temporary,
  binaries,
  user,
}: Cluster): Promise<void> {
  if (await exists(join(clusterDir, 'PG_VERSION'))) return;
  const partial = `${clusterDir}.new`;
  await rm(partial, { recursive: true, force: true });
  await makeOwned(partial, user);
  const args = ['-D', partial, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
  if (temporary) args.push('--no-sync');
  try {
    await run(binaries.initdb, args, { cwd: partial, env: serverEnv(), ...user });
  } catch (cause) {
    throw new CpmsError('database-start-failed', 'initdb failed', { retriable: false, cause });
  }
  await rename(partial, clusterDir);
}

/** Settings of the caller's shell (PGDATA, LANG) must not reach the server. */
export function serverEnv(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

async function makeTemporary(user: OsUser | undefined): Promise<string> {
  const parent = [tmpdir(), '/tmp', '/var/tmp'].find(
    (directory) => directory.length <= TEMPORARY_PARENT_MAX && canEnter(user, directory),
  );
  if (parent === undefined) throw unusable(tmpdir());
  const directory = await mkdtemp(join(parent, 'busbar-'));
  await makeOwned(directory, user);
  return directory;
}

/** It exists: the lock stands in it. */
async function findKept(directory: string, user: OsUser | undefined): Promise<string> {
  if (!canEnter(user, directory)) throw unusable(directory);
  return realpath(directory);
}

async function makeOwned(directory: string, user: OsUser | undefined): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  if (user !== undefined) await chown(directory, user.uid, user.gid);
}

async function readableBinaries(baseDir: string, user: OsUser | undefined): Promise<Binaries> {
  const binaries = await findBinaries();
  if (canEnter(user, binaries.root)) return binaries;
  const copied = await copyBinaries(binaries, join(baseDir, 'programs'));
  if (user !== undefined) await run('chown', ['-R', `${user.uid}:${user.gid}`, copied.root]);
  return copied;
}

function unusable(directory: string): CpmsError {
  const message = `${directory} cannot be used: PostgreSQL runs as an unprivileged user, which must be able to enter it and all of its parents`;
  return new CpmsError('data-dir-unusable', message, { retriable: false });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
