import { sql } from 'kysely';
import { type CommitDeps, commitCycle } from './engine-commit.js';
import { loadSite } from './engine-load.js';
import type { Store } from './ports.js';
import { siteUnknown } from './sites.js';

export function engineDoor(deps: CommitDeps): Store['engine'] {
  return {
    claimEpoch: async (siteId) => {
      const row = await deps.db
        .updateTable('sites')
        .set({ epoch: sql`epoch + 1` })
        .where('id', '=', siteId)
        .returning('epoch')
        .executeTakeFirst();
      if (row === undefined) throw siteUnknown(siteId);
      return row.epoch;
    },
    load: (siteId) => loadSite(deps, siteId),
    commit: (write) => commitCycle(deps, write),
  };
}
