import type { Selectable } from 'kysely';
import { siteId } from '../../solver/index.js';
import { type Token, type TokenStatus, tokenKey, type TokenType } from '../sessions/token.js';
import { writeAudit } from './audit.js';
import { fromCursor, toCursor } from './cursor.js';
import type { Executor, StoreDeps } from './deps.js';
import { storableText } from './json.js';
import type { Store } from './ports.js';
import { msOrAbsent, orAbsent, present } from './present.js';
import type { TokenTable } from './schema.js';
import { ensureTenant } from './sites.js';

export function tokensDoor({ db, clock }: StoreDeps): Store['tokens'] {
  return {
    find: (tenantId, idToken) => findToken(db, tenantId, idToken),
    put: (tenantId, tokens, actor) =>
      db.transaction().execute(async (tx) => {
        const atMs = clock.nowMs();
        await ensureTenant(tx, { tenantId, actor, atMs });
        for (const token of tokens) await putToken(tx, { tenantId, token, actor, atMs });
      }),
    remove: (tenantId, idToken, actor) =>
      db.transaction().execute(async (tx) => {
        const before = await findToken(tx, tenantId, idToken);
        if (before === undefined) return false;
        await tx
          .deleteFrom('tokens')
          .where('tenant_id', '=', tenantId)
          .where('token_key', '=', keyOf(idToken))
          .execute();
        const target = `token:${before.idToken}`;
        const atMs = clock.nowMs();
        await writeAudit(tx, { tenantId, actor, action: 'token.removed', target, before, atMs });
        return true;
      }),
    list: async ({ tenantId, status, groupId, label, limit, after }) => {
      let query = db.selectFrom('tokens').selectAll().where('tenant_id', '=', tenantId);
      if (status !== undefined) query = query.where('status', '=', status);
      if (groupId !== undefined) query = query.where('group_id', '=', groupId);
      if (label !== undefined) query = query.where('label', 'ilike', `%${escaped(label)}%`);
      if (after !== undefined) query = query.where('id', '<', fromCursor(after, 'number').id);
      const rows = await query
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute();
      const shown = rows.slice(0, limit);
      const items = shown.map(fromRow);
      const last = shown.at(-1);
      if (rows.length <= limit || last === undefined) return { items };
      return { items, next: toCursor({ atMs: 0, id: last.id }) };
    },
  };
}

async function findToken(
  db: Executor,
  tenantId: string,
  idToken: string,
): Promise<Token | undefined> {
  const row = await db
    .selectFrom('tokens')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('token_key', '=', keyOf(idToken))
    .executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

async function putToken(
  tx: Executor,
  put: {
    readonly tenantId: string;
    readonly token: Token;
    readonly actor: string;
    readonly atMs: number;
  },
): Promise<void> {
  const { tenantId, token, actor, atMs } = put;
  const before = await findToken(tx, tenantId, token.idToken);
  const row = {
    id_token: token.idToken,
    status: token.status,
    type: token.type,
    label: token.label ?? null,
    group_id: token.groupId ?? null,
    expires_at: token.expiresAtMs === undefined ? null : new Date(token.expiresAtMs),
    allow_offline: token.allowOffline,
    concurrent: token.concurrent,
    site_ids: token.siteIds === undefined ? null : [...token.siteIds],
    language: token.language ?? null,
    updated_at: new Date(atMs),
    actor,
  };
  await tx
    .insertInto('tokens')
    .values({ tenant_id: tenantId, token_key: keyOf(token.idToken), ...row })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'token_key']).doUpdateSet(row))
    .execute();
  const action = before === undefined ? 'token.created' : 'token.changed';
  const target = `token:${token.idToken}`;
  await writeAudit(tx, { tenantId, actor, action, target, before, after: token, atMs });
}

function fromRow(row: Selectable<TokenTable>): Token {
  return {
    idToken: row.id_token,
    type: row.type as TokenType,
    status: row.status as TokenStatus,
    allowOffline: row.allow_offline,
    concurrent: row.concurrent,
    ...present({
      label: orAbsent(row.label),
      groupId: orAbsent(row.group_id),
      expiresAtMs: msOrAbsent(row.expires_at),
      siteIds: row.site_ids?.map(siteId),
      language: orAbsent(row.language),
    }),
  };
}

/** A station may send what a TEXT column cannot hold. */
function keyOf(idToken: string): string {
  return tokenKey(storableText(idToken));
}

/** A pattern that means its own characters. */
function escaped(text: string): string {
  return storableText(text).replaceAll(/[\\%_]/g, String.raw`\$&`);
}
