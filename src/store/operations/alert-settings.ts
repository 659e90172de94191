/** Channels and rules of alerts. Secrets are sealed; each change has its audit row. */
import { sql } from 'kysely';
import { seal } from '../../platform/seal.js';
import { writeAudit } from '../audit.js';
import type { Executor, StoreDeps } from '../deps.js';
import { fromJson, storableText, toJson } from '../json.js';
import { msOrAbsent, orAbsent, present } from '../present.js';
import type { AlertChannel, AlertRule, AlertStore, StoredRule } from './alert-ports.js';

export interface AlertDeps extends StoreDeps {
  readonly serverKey: (name: string) => Promise<Buffer>;
}

export const SEAL_KEY = 'seal';

export interface ChannelRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly kind: 'mail' | 'webhook';
  readonly name: string;
  readonly target: string;
  readonly disabled_at: Date | null;
  readonly disabled_reason: string | null;
  readonly created_at: Date;
}

interface Note {
  readonly tenantId: string;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

export function channelsDoor(deps: AlertDeps): AlertStore['channels'] {
  const { db, clock, serverKey } = deps;
  const sealed = async (id: string, secret: Buffer): Promise<Buffer> =>
    seal(secret, { key: await serverKey(SEAL_KEY), owner: id });
  const note = (tx: Executor, entry: Note): Promise<void> =>
    writeAudit(tx, { ...entry, atMs: clock.nowMs() });

  return {
    create: async (tenantId, channel, secret, actor) => {
      const { id, kind, name, target } = channel;
      const locked = secret === undefined ? null : await sealed(id, secret);
      return db.transaction().execute(async (tx) => {
        const { rows } = await sql<ChannelRow>`
          insert into alert_channels (id, tenant_id, kind, name, target, secret_sealed, created_at,
            actor)
          values (${id}, ${tenantId}, ${kind}, ${storableText(name)}, ${target}, ${locked},
            ${new Date(clock.nowMs())}, ${actor})
          returning *`.execute(tx);
        const after = { kind, name, target };
        const action = 'alert-channel.created';
        await note(tx, { tenantId, actor, action, target: `alert-channel:${id}`, after });
        return rows.map(channelOf)[0] ?? { ...channel, createdAtMs: clock.nowMs() };
      });
    },
    list: async (tenantId) => {
      const { rows } = await sql<ChannelRow>`
        select * from alert_channels where tenant_id = ${tenantId}
        order by created_at, id`.execute(db);
      return rows.map(channelOf);
    },
    find: async (tenantId, id) => {
      const { rows } = await sql<ChannelRow>`
        select * from alert_channels where tenant_id = ${tenantId} and id = ${id}`.execute(db);
      return rows.map(channelOf)[0];
    },
    remove: (tenantId, id, actor) =>
      db.transaction().execute(async (tx) => {
        const { rows } = await sql<ChannelRow>`
          delete from alert_channels where tenant_id = ${tenantId} and id = ${id}
          returning *`.execute(tx);
        if (rows[0] === undefined) return false;
        const { kind, name, target } = rows[0];
        const before = { kind, name, target };
        const action = 'alert-channel.removed';
        await note(tx, { tenantId, actor, action, target: `alert-channel:${id}`, before });
        return true;
      }),
    rotate: async (tenantId, id, secret, actor) => {
      const locked = await sealed(id, secret);
      return db.transaction().execute(async (tx) => {
        const { numAffectedRows } = await sql`
          update alert_channels set secret_before_sealed = secret_sealed,
            secret_sealed = ${locked}, secret_rotated_at = now()
          where tenant_id = ${tenantId} and id = ${id} and kind = 'webhook'`.execute(tx);
        if (numAffectedRows !== 1n) return false;
        const action = 'alert-channel.secret-rotated';
        await note(tx, { tenantId, actor, action, target: `alert-channel:${id}` });
        return true;
      });
    },
    enable: (tenantId, id, actor) =>
      db.transaction().execute(async (tx) => {
        const { numAffectedRows } = await sql`
          update alert_channels set disabled_at = null, disabled_reason = null
          where tenant_id = ${tenantId} and id = ${id}`.execute(tx);
        if (numAffectedRows !== 1n) return false;
        const action = 'alert-channel.enabled';
        await note(tx, { tenantId, actor, action, target: `alert-channel:${id}` });
        return true;
      }),
    disable: async (id, reason) => {
      await sql`
        update alert_channels set disabled_at = ${new Date(clock.nowMs())},
          disabled_reason = ${reason}
        where id = ${id} and disabled_at is null`.execute(db);
    },
  };
}

export function channelOf(row: ChannelRow): AlertChannel {
  return {
    id: row.id,
    kind: row.kind,
    name: row.name,
    target: row.target,
    createdAtMs: row.created_at.getTime(),
    ...present({
      disabledAtMs: msOrAbsent(row.disabled_at),
      disabledReason: orAbsent(row.disabled_reason),
    }),
  };
}

export interface RuleRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly rule: unknown;
  readonly version: number;
}

export function rulesDoor({ db, clock }: AlertDeps): AlertStore['rules'] {
  const note = (tx: Executor, entry: Note): Promise<void> =>
    writeAudit(tx, { ...entry, atMs: clock.nowMs() });
  return {
    create: (tenantId, id, rule, actor) =>
      db.transaction().execute(async (tx) => {
        const at = new Date(clock.nowMs());
        await sql`
          insert into alert_rules (id, tenant_id, rule, version, created_at, updated_at, actor)
          values (${id}, ${tenantId}, ${toJson(rule)}::jsonb, 1, ${at}, ${at}, ${actor})`.execute(
          tx,
        );
        const target = `alert-rule:${id}`;
        await note(tx, { tenantId, actor, action: 'alert-rule.created', target, after: rule });
        return { ...rule, id, tenantId, version: 1 };
      }),
    list: async (tenantId) => {
      const { rows } = await sql<RuleRow>`
        select * from alert_rules where tenant_id = ${tenantId} order by created_at, id`.execute(
        db,
      );
      return rows.map(ruleOf);
    },
    replace: (tenantId, id, rule, actor) =>
      db.transaction().execute(async (tx) => {
        const { rows: known } = await sql<RuleRow>`
          select * from alert_rules where tenant_id = ${tenantId} and id = ${id}
          for update`.execute(tx);
        if (known[0] === undefined) return undefined;
        const { rows } = await sql<RuleRow>`
          update alert_rules set rule = ${toJson(rule)}::jsonb, version = version + 1,
            updated_at = ${new Date(clock.nowMs())}, actor = ${actor}
          where id = ${id} returning *`.execute(tx);
        const before = known[0].rule;
        const action = 'alert-rule.changed';
        await note(tx, {
          tenantId,
          actor,
          action,
          target: `alert-rule:${id}`,
          before,
          after: rule,
        });
        return rows.map(ruleOf)[0];
      }),
    remove: (tenantId, id, actor) =>
      db.transaction().execute(async (tx) => {
        const { rows } = await sql<RuleRow>`
          delete from alert_rules where tenant_id = ${tenantId} and id = ${id}
          returning *`.execute(tx);
        if (rows[0] === undefined) return false;
        const before = rows[0].rule;
        const target = `alert-rule:${id}`;
        await note(tx, { tenantId, actor, action: 'alert-rule.removed', target, before });
        return true;
      }),
  };
}

export function ruleOf(row: RuleRow): StoredRule {
  const { id, tenant_id: tenantId, version } = row;
  return { ...fromJson<AlertRule>(row.rule), id, tenantId, version };
}
