import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { SiteId } from '../../solver/index.js';
import { type CommitDeps, commitCycle } from './engine-commit.js';
import { loadSite } from './engine-load.js';
import type { Store } from './ports.js';
import { siteUnknown } from './sites.js';

export function engineDoor(deps: CommitDeps): Store['engine'] {
  const { db } = deps;
  /** By site: a claim whose answer stayed out may yet be executed, and must not end a later one. */
  const tried = new Map<SiteId, number>();
  const holder = randomUUID();

  return {
    claimEpoch: async (siteId) => {
      for (;;) {
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
          .executeTakeFirstOrThrow();
        // Else another engine claimed it in the same moment.
        if (numUpdatedRows === 1n) return epoch;
      }
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
