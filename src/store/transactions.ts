import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { assert } from '../../solver/index.js';
import type { StoreDeps } from './deps.js';
import { storableText } from './json.js';
import type { Store } from './ports.js';

export function transactionsDoor({ db, clock }: StoreDeps): Store['transactions'] {
  return {
    idOf: async (stationId, fingerprint) => {
      const digest = createHash('sha256').update(fingerprint, 'utf8').digest();
      // An update that changes nothing: it waits for a concurrent insert and returns its row.
      const { rows } = await sql<{ id: number }>`
        with known as (
          select id from transaction_ids
          where station_id = ${stationId} and fingerprint = ${digest}
        ), made as (
          insert into transaction_ids (station_id, fingerprint, created_at)
          select ${stationId}, ${digest}, ${new Date(clock.nowMs())}
          where not exists (select from known)
          on conflict (station_id, fingerprint) do update set fingerprint = excluded.fingerprint
          returning id
        )
        select id from known union all select id from made`.execute(db);
      const [row] = rows;
      assert(row !== undefined, 'a transaction has a number');
      return row.id;
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
