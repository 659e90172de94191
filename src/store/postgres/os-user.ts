/** PostgreSQL refuses to run as root: then it runs as an unprivileged user of the system. */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { CpmsError } from '../../platform/errors.js';

export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

/** In this order; the last exists on every Unix. */
const CANDIDATES = ['postgres', 'nobody'];

/** The owner of an existing cluster, else the first candidate. Undefined: run as ourselves. */
export function serverUser(clusterDir: string | undefined): OsUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const owner =
    clusterDir === undefined ? undefined : statSync(clusterDir, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  for (const name of CANDIDATES) {
    const [uid, gid] = ['-u', '-g'].map((flag) => {
      const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
      return status === 0 ? Number(stdout.trim()) : 0;
    });
    if (uid !== undefined && gid !== undefined && uid > 0 && gid > 0) return { uid, gid };
  }
  const message = `running as root and none of the users ${CANDIDATES.join(', ')} exists`;
  throw new CpmsError('database-start-failed', message, { retriable: false });
}

/** Whether that user can enter the directory through all of its parents. */
export function canEnter(user: OsUser | undefined, directory: string): boolean {
  const { status } = spawnSync('/bin/sh', ['-c', 'cd "$1" && test -r .', 'sh', directory], {
    cwd: '/',
    ...user,
  });
  return status === 0;
}
