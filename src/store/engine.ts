import { randomUUID } from 'node:crypto';
import { type RawBuilder, sql } from 'kysely';
import type { SiteId } from '../../solver/index.js';
import { CpmsError } from '../platform/errors.js';
import { type CommitDeps, commitCycle } from './engine-commit.js';
import { loadSite } from './engine-load.js';
import type { Store } from './ports.js';
import { siteUnknown } from './sites.js';

export function engineDoor(deps: CommitDeps): Store['engine'] {
  const { db } = deps;
  /** By site: a claim whose answer stayed out may yet be executed, and must not end a later one. */
  const tried = new Map<SiteId, number>();
  const holder = randomUUID();
  const isOwn = sql<boolean>`holder = ${holder} and epoch = holder_epoch`;

  /** Undefined where another engine claimed it in the same moment, or the row is not as `where` says. */
  async function attempt(siteId: SiteId, where: RawBuilder<boolean>): Promise<number | undefined> {
    const site = await db
      .selectFrom('sites')
      .select('epoch')
      .where('id', '=', siteId)
      .executeTakeFirst();
    if (site === undefined) throw siteUnknown(siteId);
    const epoch = Math.max(site.epoch, tried.get(siteId) ?? 0) + 1;
    tried.set(siteId, epoch);
    const { numUpdatedRows } = await db
      .updateTable('sites')
      .set({ epoch, holder, holder_epoch: epoch, holder_seen_at: sql<Date>`now()` })
      .where('id', '=', siteId)
      .where('epoch', '<', epoch)
      .where(where)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n ? epoch : undefined;
  }

  return {
    async claimEpoch(siteId) {
      for (;;) {
        const epoch = await attempt(siteId, sql<boolean>`true`);
        if (epoch !== undefined) return epoch;
      }
    },
    async raiseEpoch(siteId) {
      const epoch = await attempt(siteId, isOwn);
      if (epoch !== undefined) return epoch;
      const message = `site ${siteId} has been claimed by another engine since`;
      throw new CpmsError('stale-epoch', message, { retriable: false });
    },
    async sayHeld() {
      await db
        .updateTable('sites')
        .set({ holder_seen_at: sql<Date>`now()` })
        .where('holder', '=', holder)
        .execute();
    },
    async isLeft(siteId, silentSec) {
      const { rows } = await sql<{ is_left: boolean }>`
        select holder = ${holder} or holder_seen_at < now() - make_interval(secs => ${silentSec})
          as is_left
        from sites where id = ${siteId} and deleted_at is null and epoch = holder_epoch`.execute(
        db,
      );
      return rows[0]?.is_left === true;
    },
    load: (siteId) => loadSite(deps, siteId),
    commit: (write) => commitCycle(deps, write),
  };
}
