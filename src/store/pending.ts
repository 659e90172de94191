/** The inbox of stations that nobody has provisioned. */
import { sql } from 'kysely';
import { addressKey } from '../platform/address-key.js';
import type { PendingAttempt } from '../ocpp/ports.js';
import type { Executor, StoreDeps } from './deps.js';
import { storableText } from './json.js';
import { type PendingLimits, type PendingPlace, placeFor } from './pending-policy.js';
import type { Store } from './ports.js';

const KEPT_MS = 24 * 3_600_000;
const LIMITS: PendingLimits = { placesMax: 500, perAddressMax: 50, staleAfterMs: 600_000 };
/** Of the advisory lock under which places are given. */
const LOCK = 7_011;

export function pendingDoor({ db, clock }: StoreDeps): Store['pending'] {
  return {
    note: (attempts) =>
      db.transaction().execute(async (tx) => {
        await sql`select pg_advisory_xact_lock(${LOCK})`.execute(tx);
        await tx
          .deleteFrom('pending_stations')
          .where('last_seen_at', '<', new Date(clock.nowMs() - KEPT_MS))
          .execute();
        const places = await placesOf(tx);
        for (const attempt of attempts) await place(tx, places, attempt);
      }),
    list: async () => {
      const rows = await db
        .selectFrom('pending_stations')
        .selectAll()
        .where('last_seen_at', '>=', new Date(clock.nowMs() - KEPT_MS))
        .orderBy('last_seen_at', 'desc')
        .orderBy('identity')
        .execute();
      return rows.map((row) => ({
        identity: row.identity,
        firstSeenAtMs: row.first_seen_at.getTime(),
        lastSeenAtMs: row.last_seen_at.getTime(),
        attempts: row.attempts,
        remoteAddress: row.remote_address,
        subprotocols: row.subprotocols,
        userAgent: row.user_agent,
      }));
    },
    remove: async (identity) => {
      const { numDeletedRows } = await db
        .deleteFrom('pending_stations')
        .where('identity', '=', identity)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}

async function placesOf(tx: Executor): Promise<Map<string, PendingPlace>> {
  const rows = await tx
    .selectFrom('pending_stations')
    .select(['identity', 'remote_address', 'attempts', 'last_seen_at'])
    .execute();
  return new Map(
    rows.map((row) => [
      row.identity,
      {
        identity: row.identity,
        address: addressKey(row.remote_address),
        attempts: row.attempts,
        lastSeenAtMs: row.last_seen_at.getTime(),
      },
    ]),
  );
}

async function place(
  tx: Executor,
  places: Map<string, PendingPlace>,
  attempt: PendingAttempt,
): Promise<void> {
  const { identity, atMs, count } = attempt;
  const address = addressKey(attempt.remoteAddress);
  const known = places.get(identity);
  if (known === undefined) {
    const placing = placeFor([...places.values()], { address, atMs }, LIMITS);
    if (placing.kind === 'no-place') return;
    if (placing.kind === 'instead-of') {
      places.delete(placing.identity);
      await tx.deleteFrom('pending_stations').where('identity', '=', placing.identity).execute();
    }
  }
  const attempts = (known?.attempts ?? 0) + count;
  places.set(identity, { identity, address, attempts, lastSeenAtMs: atMs });
  const latest = {
    last_seen_at: new Date(atMs),
    attempts,
    remote_address: storableText(attempt.remoteAddress),
    subprotocols: storableText(attempt.subprotocols),
    user_agent: storableText(attempt.userAgent),
  };
  await tx
    .insertInto('pending_stations')
    .values({ identity, first_seen_at: new Date(atMs), ...latest })
    .onConflict((conflict) => conflict.column('identity').doUpdateSet(latest))
    .execute();
}
