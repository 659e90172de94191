import { sql } from 'kysely';
import type { PerChannel } from '../../solver/index.js';
import type { MeterSample } from '../ocpp/messages.js';
import { tokenKey } from '../sessions/token.js';
import { fromCursor, toCursor } from './cursor.js';
import type { StoreDeps } from './deps.js';
import { storableText } from './json.js';
import type { Store } from './ports.js';
import { orAbsent, present } from './present.js';
import { sessionFromRow } from './session-rows.js';

type ListQuery = Parameters<Store['sessions']['list']>[0];
type MeterQuery = Parameters<Store['sessions']['meterValues']>[0];

export function sessionsDoor({ db }: StoreDeps): Store['sessions'] {
  return {
    list: (query) => listSessions({ db }, query),
    find: async (id) => {
      const row = await db
        .selectFrom('sessions')
        .selectAll()
        .where('id', '=', id)
        .executeTakeFirst();
      return row === undefined ? undefined : sessionFromRow(row);
    },
    ofTransaction: async (stationId, transactionId) => {
      const row = await db
        .selectFrom('sessions')
        .selectAll()
        .where('station_id', '=', stationId)
        .where('transaction_id', '=', storableText(transactionId))
        .orderBy('plugged_in_at', 'desc')
        .limit(1)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const { siteId: _, ...session } = sessionFromRow(row);
      return session;
    },
    meterValues: (query) => listMeterValues({ db }, query),
  };
}

/** Newest plug-in first; one row more than asked tells whether there is another page. */
async function listSessions(
  { db }: Pick<StoreDeps, 'db'>,
  filter: ListQuery,
): ReturnType<Store['sessions']['list']> {
  const { tenantId, siteId, stationId, phases, idToken, fromMs, toMs, limit, after } = filter;
  let query = db.selectFrom('sessions').selectAll().where('tenant_id', '=', tenantId);
  if (siteId !== undefined) query = query.where('site_id', '=', siteId);
  if (stationId !== undefined) query = query.where('station_id', '=', stationId);
  if (phases !== undefined) query = query.where('phase', 'in', phases);
  if (fromMs !== undefined) query = query.where('plugged_in_at', '>=', new Date(fromMs));
  if (toMs !== undefined) query = query.where('plugged_in_at', '<', new Date(toMs));
  if (idToken !== undefined) {
    const key = tokenKey(storableText(idToken));
    query = query.where(sql<boolean>`lower(id_token collate "C") = ${key}`);
  }
  if (after !== undefined) {
    const { atMs, id } = fromCursor(after, 'string');
    query = query.where((is) =>
      is(is.refTuple('plugged_in_at', 'id'), '<', is.tuple(new Date(atMs), id)),
    );
  }
  const rows = await query
    .orderBy('plugged_in_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit + 1)
    .execute();
  const items = rows.slice(0, limit).map(sessionFromRow);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, next: toCursor({ atMs: last.pluggedInAtMs, id: last.id }) };
}

interface MeterValueRow {
  readonly at: Date;
  readonly energy_wh: number | null;
  readonly power_w: number | null;
  readonly current_a: readonly (number | null)[] | null;
  readonly offered_a: number | null;
  readonly soc_fraction: number | null;
}

/** Retries stored their values again: values of one instant are one. */
async function listMeterValues(
  { db }: Pick<StoreDeps, 'db'>,
  { tenantId, session, evseNumber, limit, after }: MeterQuery,
): ReturnType<Store['sessions']['meterValues']> {
  const { stationId, transactionId, pluggedInAtMs, startedAtMs, endedAtMs } = session;
  const afterAt = after === undefined ? null : new Date(fromCursor(after, 'number').atMs);
  const from = new Date(startedAtMs ?? pluggedInAtMs);
  const to = endedAtMs === undefined ? null : new Date(endedAtMs);
  const { rows } = await sql<MeterValueRow>`
    select at, max(energy_wh) as energy_wh, max(power_w) as power_w, max(offered_a) as offered_a,
      max(soc_fraction) as soc_fraction,
      (array_agg(to_jsonb(current_a)) filter (where current_a is not null))[1] as current_a
    from meter_values
    where tenant_id = ${tenantId} and station_id = ${stationId}
      and (transaction_id = ${transactionId ?? null}::text
        or (transaction_id is null and evse_number = ${evseNumber ?? null}::integer
          and at >= ${from} and (${to}::timestamptz is null or at <= ${to})))
      and (${afterAt}::timestamptz is null or at > ${afterAt})
    group by at order by at limit ${limit + 1}`.execute(db);
  const shown = rows.slice(0, limit);
  const items = shown.map(sampleOf);
  const last = items.at(-1);
  if (rows.length <= limit || last === undefined) return { items };
  return { items, next: toCursor({ atMs: last.atMs, id: 0 }) };
}

function sampleOf(row: MeterValueRow): MeterSample {
  const [l1, l2, l3] = row.current_a ?? [];
  const currentA: PerChannel<number | undefined> = [
    l1 ?? undefined,
    l2 ?? undefined,
    l3 ?? undefined,
  ];
  return {
    atMs: row.at.getTime(),
    ...(row.current_a === null ? {} : { currentA }),
    ...present({
      energyWh: orAbsent(row.energy_wh),
      powerW: orAbsent(row.power_w),
      offeredA: orAbsent(row.offered_a),
      socFraction: orAbsent(row.soc_fraction),
    }),
  };
}
