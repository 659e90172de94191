import { sql } from 'kysely';
import { CpmsError } from '../platform/errors.js';
import { writeAudit } from './audit.js';
import { fromCursor } from './cursor.js';
import type { Executor, StoreDeps } from './deps.js';
import { pageOf } from './page.js';
import type { Role, User, Users } from './people-ports.js';
import { dateOrAbsent, msOrAbsent, orAbsent, present } from './present.js';
import { ensureTenant } from './sites.js';

interface Row {
  readonly id: string;
  readonly tenant_id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly expires_at: Date | null;
  readonly password_hash: string | null;
  readonly version: number;
  readonly created_at: Date;
  readonly signed_in_at: Date | null;
}

export function usersDoor(deps: StoreDeps): Users {
  return { ...reading(deps), ...editing(deps), ...entering(deps) };
}

type Reading = Pick<Users, 'list' | 'find' | 'findByEmail' | 'passwordHash' | 'any'>;

function reading({ db }: StoreDeps): Reading {
  return {
    list: async ({ tenantId, limit, after }) => {
      let query = db.selectFrom('users').selectAll().where('tenant_id', '=', tenantId);
      if (after !== undefined) {
        const { atMs, id } = fromCursor(after, 'string');
        query = query.where((is) =>
          is(is.refTuple('created_at', 'id'), '>', is.tuple(new Date(atMs), id)),
        );
      }
      const rows = await query
        .orderBy('created_at')
        .orderBy('id')
        .limit(limit + 1)
        .execute();
      const key = (row: Row) => ({ atMs: row.created_at.getTime(), id: row.id });
      return pageOf(rows, limit, { item: userOf, key });
    },
    find: async (tenantId, id) => {
      const row = await db
        .selectFrom('users')
        .selectAll()
        .where('id', '=', id)
        .where('tenant_id', '=', tenantId)
        .executeTakeFirst();
      return row === undefined ? undefined : userOf(row);
    },
    findByEmail: async (email) => {
      const row = await db
        .selectFrom('users')
        .selectAll()
        .where('email', '=', email)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      return present({ user: userOf(row), passwordHash: orAbsent(row.password_hash) });
    },
    passwordHash: async (id) => {
      const row = await db
        .selectFrom('users')
        .select('password_hash')
        .where('id', '=', id)
        .executeTakeFirst();
      return orAbsent(row?.password_hash ?? null);
    },
    any: async (tenantId) => {
      const row = await db
        .selectFrom('users')
        .select('id')
        .where('tenant_id', '=', tenantId)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}

type Editing = Pick<Users, 'create' | 'change' | 'remove'>;

function editing({ db, clock }: StoreDeps): Editing {
  return {
    create: (user, actor) =>
      db.transaction().execute(async (tx) => {
        const { tenantId, id, email, name, role } = user;
        await ensureTenant(tx, { tenantId, actor, atMs: clock.nowMs() });
        const { numInsertedOrUpdatedRows } = await tx
          .insertInto('users')
          .values({
            id,
            tenant_id: tenantId,
            email,
            name,
            role,
            expires_at: dateOrAbsent(user.expiresAtMs) ?? null,
            created_at: new Date(user.createdAtMs),
            actor,
          })
          .onConflict((conflict) => conflict.column('email').doNothing())
          .executeTakeFirst();
        if (numInsertedOrUpdatedRows === 0n) {
          throw new CpmsError('already-exists', 'somebody has this email', { retriable: false });
        }
      }),
    change: ({ tenantId, id, version }, { name, role, expiresAtMs }, actor) =>
      db
        .transaction()
        .execute(async (tx) => {
          const wasOwner = await lockOwner(tx, tenantId, id);
          const { numUpdatedRows } = await tx
            .updateTable('users')
            .set({
              name,
              role,
              expires_at: dateOrAbsent(expiresAtMs) ?? null,
              version: version + 1,
              actor,
            })
            .where('id', '=', id)
            .where('tenant_id', '=', tenantId)
            .where('version', '=', version)
            .executeTakeFirst();
          if (numUpdatedRows === 0n) return 'stale' as const;
          if (wasOwner) await needOwner(tx, tenantId);
          return 'changed' as const;
        })
        .catch(refusal),
    remove: ({ tenantId, id, version }) =>
      db
        .transaction()
        .execute(async (tx) => {
          const wasOwner = await lockOwner(tx, tenantId, id);
          const { numDeletedRows } = await tx
            .deleteFrom('users')
            .where('id', '=', id)
            .where('tenant_id', '=', tenantId)
            .where('version', '=', version)
            .executeTakeFirst();
          if (numDeletedRows === 0n) return 'stale' as const;
          if (wasOwner) await needOwner(tx, tenantId);
          return 'changed' as const;
        })
        .catch(refusal),
  };
}

type Entering = Pick<Users, 'setPassword' | 'invite' | 'invited' | 'acceptInvitation'>;

function entering({ db }: StoreDeps): Entering {
  return {
    setPassword: ({ id, passwordHash, keepSession }, actor) =>
      db.transaction().execute(async (tx) => {
        await tx
          .updateTable('users')
          .set({ password_hash: passwordHash, actor })
          .where('id', '=', id)
          .execute();
        let sessions = tx.deleteFrom('browser_sessions').where('user_id', '=', id);
        if (keepSession !== undefined) sessions = sessions.where('hash', '<>', keepSession);
        await sessions.execute();
      }),
    invite: async ({ userId, hash, expiresAtMs }, actor) => {
      await sql`
        insert into user_invitations (user_id, tenant_id, hash, expires_at, actor)
        select id, tenant_id, ${hash}, ${new Date(expiresAtMs)}, ${actor} from users
        where id = ${userId}
        on conflict (user_id) do update set hash = excluded.hash,
          expires_at = excluded.expires_at, actor = excluded.actor`.execute(db);
    },
    invited: async (hash, nowMs) => {
      const row = await db
        .selectFrom('users')
        .innerJoin('user_invitations', 'user_invitations.user_id', 'users.id')
        .selectAll('users')
        .where('user_invitations.hash', '=', hash)
        .where('user_invitations.expires_at', '>', new Date(nowMs))
        .executeTakeFirst();
      return row === undefined ? undefined : userOf(row);
    },
    acceptInvitation: ({ hash, passwordHash, nowMs }, actor) =>
      db.transaction().execute(async (tx) => {
        const used = await tx
          .deleteFrom('user_invitations')
          .where('hash', '=', hash)
          .where('expires_at', '>', new Date(nowMs))
          .returning('user_id')
          .executeTakeFirst();
        if (used === undefined) return undefined;
        const row = await tx
          .updateTable('users')
          .set({ password_hash: passwordHash, actor })
          .where('id', '=', used.user_id)
          .returningAll()
          .executeTakeFirstOrThrow();
        await tx.deleteFrom('browser_sessions').where('user_id', '=', row.id).execute();
        const { tenant_id: tenantId, email } = row;
        const action = 'invitation.accepted';
        await writeAudit(tx, {
          tenantId,
          actor,
          action,
          target: `user:${row.id}`,
          after: { email },
          atMs: nowMs,
        });
        return userOf(row);
      }),
  };
}

/**
 * Whether this person is an owner whose time does not end. Locks the tenant: two owners who demote
 * each other at the same time would leave nobody.
 */
async function lockOwner(tx: Executor, tenantId: string, id: string): Promise<boolean> {
  await tx.selectFrom('tenants').select('id').where('id', '=', tenantId).forUpdate().execute();
  const row = await owners(tx, tenantId).where('id', '=', id).executeTakeFirst();
  return row !== undefined;
}

class LastOwner extends Error {}

async function needOwner(tx: Executor, tenantId: string): Promise<void> {
  const left = await owners(tx, tenantId).limit(1).executeTakeFirst();
  if (left === undefined) throw new LastOwner();
}

function owners(tx: Executor, tenantId: string) {
  return tx
    .selectFrom('users')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('role', '=', 'owner')
    .where('expires_at', 'is', null);
}

function refusal(error: unknown): 'last-owner' {
  if (error instanceof LastOwner) return 'last-owner';
  throw error;
}

function userOf(row: Row): User {
  return present({
    id: row.id,
    tenantId: row.tenant_id,
    email: row.email,
    name: row.name,
    role: row.role,
    expiresAtMs: msOrAbsent(row.expires_at),
    hasPassword: row.password_hash !== null,
    createdAtMs: row.created_at.getTime(),
    signedInAtMs: msOrAbsent(row.signed_in_at),
    version: row.version,
  });
}
