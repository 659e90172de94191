import { sql } from 'kysely';
import { circuitId } from '../../solver/index.js';
import type { StoreDeps } from './deps.js';
import { toJson } from './json.js';
import { type PowerHistory, QUARTER_MS } from './power-ports.js';

interface Row {
  readonly circuit_id: string;
  readonly at: Date;
  readonly power_w: number;
}

/** Quarter hours of measured power. Added in one statement; a statement changes a row once. */
export function powerHistoryDoor({ db }: StoreDeps): PowerHistory {
  return {
    add: async (samples) => {
      const rows = new Map<string, { watt_sum: number; sample_count: number }>();
      for (const { siteId, tenantId, kind, circuitId: circuit, atMs, powerW } of samples) {
        const at = new Date(Math.floor(atMs / QUARTER_MS) * QUARTER_MS);
        const key = JSON.stringify([siteId, kind, circuit, at]);
        const known = rows.get(key) ?? { watt_sum: 0, sample_count: 0 };
        const own = { site_id: siteId, tenant_id: tenantId, kind, circuit_id: circuit, at };
        const sum = known.watt_sum + powerW;
        rows.set(key, { ...own, watt_sum: sum, sample_count: known.sample_count + 1 });
      }
      if (rows.size === 0) return;
      await sql`
        insert into power_history
        select row.* from jsonb_populate_recordset(null::power_history, ${toJson([...rows.values()])}) row
        on conflict (site_id, kind, circuit_id, at) do update set
          watt_sum = power_history.watt_sum + excluded.watt_sum,
          sample_count = power_history.sample_count + excluded.sample_count`.execute(db);
    },
    read: async ({ siteId, kind, sinceMs }) => {
      const { rows } = await sql<Row>`
        select circuit_id, at, watt_sum / sample_count as power_w from power_history
        where site_id = ${siteId} and kind = ${kind} and at >= ${new Date(sinceMs)}
        order by at, circuit_id`.execute(db);
      return rows.map((row) => ({
        circuitId: circuitId(row.circuit_id),
        atMs: row.at.getTime(),
        powerW: row.power_w,
      }));
    },
    peakW: async (siteId, { fromMs, untilMs }) => {
      const before = untilMs === undefined ? null : new Date(untilMs);
      const { rows } = await sql<{ peak_w: number | null }>`
        select max(watt_sum / sample_count) as peak_w from power_history
        where site_id = ${siteId} and kind = 'import' and at >= ${new Date(fromMs)}
          and (${before}::timestamptz is null or at < ${before}::timestamptz)`.execute(db);
      return Math.max(0, rows[0]?.peak_w ?? 0);
    },
  };
}
