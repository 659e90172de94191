import { seal, unseal } from '../platform/seal.js';
import type { StoreDeps } from './deps.js';
import type { IdempotencyKeys } from './people-ports.js';

interface Owner {
  readonly tenantId: string;
  readonly actor: string;
  readonly key: string;
}

const SEAL_KEY = 'seal';

/** An answer is kept sealed: it may hold a secret that is shown once. `prune` forgets it. */
export function idempotencyDoor(
  deps: StoreDeps & { readonly serverKey: (name: string) => Promise<Buffer> },
): IdempotencyKeys {
  const { db, serverKey } = deps;
  const sealedFor = async (owner: Owner) => ({
    key: await serverKey(SEAL_KEY),
    owner: nameOf(owner),
  });

  return {
    async reserve({ fingerprint, nowMs, ...owner }) {
      const { tenantId, actor, key } = owner;
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('idempotency_keys')
        .values({ tenant_id: tenantId, actor, key, fingerprint, created_at: new Date(nowMs) })
        .onConflict((conflict) => conflict.doNothing())
        .executeTakeFirst();
      if (numInsertedOrUpdatedRows === 1n) return { status: 'mine' };
      const known = await db
        .selectFrom('idempotency_keys')
        .select(['fingerprint', 'answer_sealed'])
        .where('tenant_id', '=', tenantId)
        .where('actor', '=', actor)
        .where('key', '=', key)
        .executeTakeFirst();
      // Released in between: whoever runs it now is somebody else, and has just failed.
      if (known === undefined) return { status: 'running' };
      if (!known.fingerprint.equals(fingerprint)) return { status: 'other-request' };
      if (known.answer_sealed === null) return { status: 'running' };
      const answer = unseal(known.answer_sealed, await sealedFor(owner));
      return { status: 'answered', answer };
    },
    async answered(owner, answer) {
      const sealed = seal(answer, await sealedFor(owner));
      await db
        .updateTable('idempotency_keys')
        .set({ answer_sealed: sealed })
        .where('tenant_id', '=', owner.tenantId)
        .where('actor', '=', owner.actor)
        .where('key', '=', owner.key)
        .execute();
    },
    async release({ tenantId, actor, key }) {
      await db
        .deleteFrom('idempotency_keys')
        .where('tenant_id', '=', tenantId)
        .where('actor', '=', actor)
        .where('key', '=', key)
        .execute();
    },
  };
}

function nameOf({ tenantId, actor, key }: Owner): string {
  return JSON.stringify(['idempotency', tenantId, actor, key]);
}
