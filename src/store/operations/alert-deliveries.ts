/** Deliveries of alerts: planned once from what happened to faults, attempted until they end. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { unseal } from '../../platform/seal.js';
import { writeAudit } from '../audit.js';
import { fromCursor, toCursor } from '../cursor.js';
import type { Executor } from '../deps.js';
import { storableText } from '../json.js';
import { msOrAbsent, orAbsent, present } from '../present.js';
import type {
  AlertDelivery,
  AlertStore,
  ClaimedDelivery,
  DeliveryType,
  FaultEvent,
  FaultEventType,
  PlannedDelivery,
} from './alert-ports.js';
import {
  type AlertDeps,
  channelOf,
  type ChannelRow,
  ruleOf,
  type RuleRow,
  SEAL_KEY,
} from './alert-settings.js';
import { faultOf, type FaultRow } from './faults.js';

interface DeliveryRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly channel_id: string;
  readonly rule_id: string | null;
  readonly type: DeliveryType;
  readonly state: AlertDelivery['state'];
  readonly payload: string | null;
  readonly attempts: number;
  readonly due_at: Date;
  readonly last_status: number | null;
  readonly last_error: string | null;
  readonly created_at: Date;
  readonly ended_at: Date | null;
}

type EventRow = FaultRow & {
  readonly event_id: number;
  readonly event_type: FaultEventType;
  readonly event_at: Date;
};

const EVENTS_PER_PLAN_MAX = 200;
const EVENTS_PER_DELIVERY_MAX = 200;
const ERROR_LENGTH_MAX = 300;

/** Two planners never see the same event: its row is locked until it is planned. */
export function planDoor({ db }: AlertDeps): AlertStore['plan'] {
  return (decide, nowMs) =>
    db.transaction().execute(async (tx) => {
      const { rows } = await sql<EventRow>`
        select faults.*, happened.id as event_id, happened.type as event_type,
          happened.at as event_at
        from fault_events happened join faults on faults.id = happened.fault_id
        where planned_at is null order by happened.id limit ${EVENTS_PER_PLAN_MAX}
        for update of happened skip locked`.execute(tx);
      if (rows.length === 0) return { thought: 0, made: [] };
      const events = rows.map(eventOf);
      const tenants = [...new Set(rows.map((row) => row.tenant_id))];
      const { rows: rules } = await sql<RuleRow>`
        select * from alert_rules where tenant_id = any (${tenants}::text[])
        order by created_at, id`.execute(tx);
      const made = await write(tx, decide(events, rules.map(ruleOf)), nowMs);
      const ids = events.map((it) => it.id);
      await sql`update fault_events set planned_at = ${new Date(nowMs)}
        where id = any (${ids}::bigint[])`.execute(tx);
      return { thought: rows.length, made };
    });
}

type Made = { readonly id: string; readonly dueAtMs: number };

async function write(
  tx: Executor,
  planned: readonly PlannedDelivery[],
  nowMs: number,
): Promise<readonly Made[]> {
  const made: Made[] = [];
  for (const it of planned) {
    const { digestKey: _, ...apart } = it;
    const isDigest = it.digestKey !== undefined;
    // A digest that is already on its way takes nothing more: what came too late is told by itself.
    const one =
      (await insert(tx, it, nowMs)) ??
      (isDigest ? await insert(tx, { ...apart, dueAtMs: nowMs }, nowMs) : undefined);
    if (one === undefined) continue;
    await sql`insert into alert_delivery_items (delivery_id, fault_event_id)
      select ${one.id}, unnest(${it.eventIds}::bigint[]) on conflict do nothing`.execute(tx);
    made.push(one);
  }
  return made;
}

/** Undefined: the channel is gone, or the digest has been taken up for sending. */
async function insert(
  tx: Executor,
  { tenantId, ruleId, channelId, type, dueAtMs, digestKey }: PlannedDelivery,
  nowMs: number,
): Promise<Made | undefined> {
  const { rows } = await sql<{ id: string }>`
    insert into alert_deliveries as known (id, tenant_id, channel_id, rule_id, digest_key, type,
      state, due_at, created_at)
    select ${randomUUID()}, ${tenantId}, id, ${ruleId}, ${digestKey ?? null}, ${type}, 'waiting',
      ${new Date(dueAtMs)}, ${new Date(nowMs)}
    from alert_channels where id = ${channelId} and tenant_id = ${tenantId}
    on conflict (digest_key) do update set type = excluded.type
      where known.state = 'waiting' and known.attempts = 0 and known.payload is null
    returning id`.execute(tx);
  const id = rows[0]?.id;
  return id === undefined ? undefined : { id, dueAtMs };
}

export function deliveriesDoor(deps: AlertDeps): AlertStore['deliveries'] {
  const { db, clock } = deps;
  return {
    createTest: (tenantId, channelId, nowMs, actor) =>
      db.transaction().execute(async (tx) => {
        const id = randomUUID();
        const at = new Date(nowMs);
        await sql`
          insert into alert_deliveries (id, tenant_id, channel_id, type, state, due_at, created_at)
          values (${id}, ${tenantId}, ${channelId}, 'alert.test', 'waiting', ${at}, ${at})`.execute(
          tx,
        );
        const action = 'alert-channel.tested';
        const target = `alert-channel:${channelId}`;
        await writeAudit(tx, { tenantId, actor, action, target, atMs: clock.nowMs() });
        return id;
      }),
    resend: (tenantId, id, nowMs, actor) =>
      db.transaction().execute(async (tx) => {
        const { numAffectedRows } = await sql`
          update alert_deliveries set state = 'waiting', attempts = 0, due_at = ${new Date(nowMs)},
            ended_at = null, claimed_until = null
          where tenant_id = ${tenantId} and id = ${id} and state <> 'waiting'`.execute(tx);
        if (numAffectedRows !== 1n) return false;
        const action = 'alert-delivery.sent-again';
        const target = `alert-delivery:${id}`;
        await writeAudit(tx, { tenantId, actor, action, target, atMs: clock.nowMs() });
        return true;
      }),
    due: async (nowMs, limit) => {
      const { rows } = await sql<{ id: string }>`
        select id from alert_deliveries where state = 'waiting' and due_at <= ${new Date(nowMs)}
          and (claimed_until is null or claimed_until <= ${new Date(nowMs)})
        order by due_at limit ${limit}`.execute(db);
      return rows.map((row) => row.id);
    },
    claim: (id, nowMs, untilMs) => claim(deps, id, nowMs, untilMs),
    keepPayload: async (id, payload) => {
      await sql`update alert_deliveries set payload = ${storableText(payload)}
        where id = ${id} and payload is null`.execute(db);
    },
    end: async (id, attempts, end, nowMs) => {
      const dueAt = end.state === 'waiting' ? new Date(end.dueAtMs) : null;
      const endedAt = end.state === 'waiting' ? null : new Date(nowMs);
      const error = end.state === 'delivered' ? null : errorText(end.error);
      await sql`
        update alert_deliveries set state = ${end.state},
          due_at = coalesce(${dueAt}::timestamptz, due_at), claimed_until = null,
          last_status = ${end.status ?? null}, last_error = ${error}, ended_at = ${endedAt}
        where id = ${id} and state = 'waiting' and attempts = ${attempts}`.execute(db);
    },
    list: (query) => listDeliveries(deps, query),
  };
}

function errorText(error: string): string {
  return storableText(error.slice(0, ERROR_LENGTH_MAX));
}

type ClaimRow = DeliveryRow & {
  readonly secret_sealed: Buffer | null;
  readonly secret_before_sealed: Buffer | null;
};

async function claim(
  { db, serverKey }: AlertDeps,
  id: string,
  nowMs: number,
  untilMs: number,
): Promise<ClaimedDelivery | undefined> {
  const now = new Date(nowMs);
  const { rows } = await sql<ClaimRow>`
    update alert_deliveries it set claimed_until = ${new Date(untilMs)}, attempts = attempts + 1
    from alert_channels channel
    where it.id = ${id} and channel.id = it.channel_id and it.state = 'waiting'
      and it.due_at <= ${now} and (it.claimed_until is null or it.claimed_until <= ${now})
    returning it.*, channel.secret_sealed, case
      when channel.secret_rotated_at > now() - interval '1 day' then channel.secret_before_sealed
    end as secret_before_sealed`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { rows: channels } = await sql<ChannelRow>`
    select * from alert_channels where id = ${row.channel_id}`.execute(db);
  const [channel] = channels;
  if (channel === undefined) return undefined;
  const { rows: events } = await sql<EventRow & { readonly event_count: number }>`
    select faults.*, happened.id as event_id, happened.type as event_type,
      happened.at as event_at, count(*) over () as event_count
    from alert_delivery_items item
    join fault_events happened on happened.id = item.fault_event_id
    join faults on faults.id = happened.fault_id
    where item.delivery_id = ${id} order by happened.id limit ${EVENTS_PER_DELIVERY_MAX}`.execute(
    db,
  );
  return {
    ...deliveryOf(row),
    tenantId: row.tenant_id,
    channel: channelOf(channel),
    secrets: opened(row, { key: await serverKey(SEAL_KEY), owner: channel.id }),
    events: events.map(eventOf),
    eventCount: events[0]?.event_count ?? 0,
  };
}

/** A database that was restored without its keys must not be asked for ever. */
function opened(
  { secret_sealed: newest, secret_before_sealed: before }: ClaimRow,
  by: Parameters<typeof unseal>[1],
): readonly Buffer[] {
  return [newest, before]
    .filter((it) => it !== null)
    .flatMap((it) => {
      try {
        return [unseal(it, by)];
      } catch {
        return [];
      }
    });
}

async function listDeliveries(
  { db }: AlertDeps,
  query: Parameters<AlertStore['deliveries']['list']>[0],
): ReturnType<AlertStore['deliveries']['list']> {
  const { tenantId, channelId, state, limit, after } = query;
  const where = [sql`tenant_id = ${tenantId}`];
  if (channelId !== undefined) where.push(sql`channel_id = ${channelId}`);
  if (state !== undefined) where.push(sql`state = ${state}`);
  if (after !== undefined) {
    const { atMs, id } = fromCursor(after, 'string');
    where.push(sql`(created_at, id) < (${new Date(atMs)}::timestamptz, ${id}::text)`);
  }
  const { rows } = await sql<DeliveryRow>`
    select * from alert_deliveries where ${sql.join(where, sql` and `)}
    order by created_at desc, id desc limit ${limit + 1}`.execute(db);
  const items = rows.slice(0, limit).map(deliveryOf);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, next: toCursor({ atMs: last.createdAtMs, id: last.id }) };
}

function eventOf(row: EventRow): FaultEvent {
  return {
    id: row.event_id,
    type: row.event_type,
    atMs: row.event_at.getTime(),
    fault: faultOf(row),
  };
}

function deliveryOf(row: DeliveryRow): AlertDelivery {
  return {
    id: row.id,
    channelId: row.channel_id,
    type: row.type,
    state: row.state,
    attempts: row.attempts,
    dueAtMs: row.due_at.getTime(),
    createdAtMs: row.created_at.getTime(),
    ...present({
      ruleId: orAbsent(row.rule_id),
      lastStatus: orAbsent(row.last_status),
      lastError: orAbsent(row.last_error),
      endedAtMs: msOrAbsent(row.ended_at),
      payload: orAbsent(row.payload),
    }),
  };
}
