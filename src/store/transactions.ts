import { createHash } from 'node:crypto';
import type { StoreDeps } from './deps.js';
import { storableText } from './json.js';
import type { Store } from './ports.js';

export function transactionsDoor({ db, clock }: StoreDeps): Store['transactions'] {
  return {
    idOf: async (stationId, fingerprint) => {
      const digest = createHash('sha256').update(fingerprint, 'utf8').digest();
      const known = await db
        .selectFrom('transaction_ids')
        .select('id')
        .where('station_id', '=', stationId)
        .where('fingerprint', '=', digest)
        .executeTakeFirst();
      if (known !== undefined) return known.id;
      const { id } = await db
        .insertInto('transaction_ids')
        .values({
          station_id: stationId,
          fingerprint: digest,
          created_at: new Date(clock.nowMs()),
        })
        // An update that changes nothing: it waits for a concurrent insert and returns its row.
        .onConflict((conflict) =>
          conflict.columns(['station_id', 'fingerprint']).doUpdateSet({ fingerprint: digest }),
        )
        .returning('id')
        .executeTakeFirstOrThrow();
      return id;
    },
    evseNumber: async (stationId, transactionId) => {
      const row = await db
        .selectFrom('transactions')
        .select('evse_number')
        .where('station_id', '=', stationId)
        .where('transaction_id', '=', storableText(transactionId))
        .executeTakeFirst();
      return row?.evse_number;
    },
  };
}
