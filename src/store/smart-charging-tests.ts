import { sql } from 'kysely';
import { stationId } from '../../solver/index.js';
import type { Rung, RungCause } from '../control/form.js';
import type { Kind } from '../control/smart-charging-test/card.js';
import type { SmartChargingTest } from '../control/smart-charging-test/test-record.js';
import { fromCursor, toCursor } from './cursor.js';
import type { StoreDeps } from './deps.js';
import { fromJson } from './json.js';
import type { Store } from './ports.js';
import { present } from './present.js';

/** A card rests on this many of the newest tests of its kind. */
const TESTS_PER_KIND = 50;

/** Of thousands of stations of a kind some show what all of them are. */
const RUNGS_PER_KIND = 50;

interface RungRow {
  readonly rung: Rung;
  readonly station_id: string;
  readonly cause: RungCause;
  readonly observed: string;
  readonly since: Date;
}

interface Row {
  readonly test: unknown;
}

/** Tests as the engine committed them, and the kinds of station that they speak of. */
export function smartChargingTestsDoor({ db }: StoreDeps): Store['smartChargingTests'] {
  const read = async (query: ReturnType<typeof sql<Row>>): Promise<SmartChargingTest[]> =>
    (await query.execute(db)).rows.map((row) => fromJson<SmartChargingTest>(row.test));

  return {
    nextNumber: async () => {
      const { rows } = await sql<{ number: number }>`
        select nextval('smart_charging_test_numbers')::integer as number`.execute(db);
      const [row] = rows;
      if (row === undefined) throw new Error('the sequence gave no number');
      return row.number;
    },
    find: async ({ tenantId, stationId: id, number }) => {
      const [test] = await read(sql<Row>`
        select test from smart_charging_tests
        where number = ${number} and tenant_id = ${tenantId} and station_id = ${id}`);
      return test;
    },
    list: async ({ tenantId, stationId: id, limit, after }) => {
      const below =
        after === undefined ? sql`` : sql` and number < ${fromCursor(after, 'number').id}`;
      const tests = await read(sql<Row>`
        select test from smart_charging_tests
        where tenant_id = ${tenantId} and station_id = ${id}${below}
        order by number desc limit ${limit + 1}`);
      const items = tests.slice(0, limit);
      const last = items.at(-1);
      const isMore = tests.length > limit && last !== undefined;
      return { items, ...(isMore ? { next: toCursor({ atMs: 0, id: last.number }) } : {}) };
    },
    ofKind: (tenantId, { vendor, model, firmware }) =>
      read(sql<Row>`
        select test from smart_charging_tests
        where tenant_id = ${tenantId} and vendor = ${vendor} and model = ${model}
          and firmware is not distinct from ${firmware ?? null}
          and ended_at is not null and status <> 'refused'
        order by number desc limit ${TESTS_PER_KIND}`),
    rungsOfKind: async (tenantId, { vendor, model, firmware = '' }) => {
      const { rows } = await sql<RungRow>`
        select rung, station_id, cause, observed, since from capability_rungs
        where tenant_id = ${tenantId} and vendor = ${vendor} and model = ${model}
          and firmware = ${firmware}
        order by since desc, station_id, rung limit ${RUNGS_PER_KIND}`.execute(db);
      return rows.map(({ rung, station_id, cause, observed, since }) => ({
        rung,
        stationId: stationId(station_id),
        on: cause,
        observed,
        sinceMs: since.getTime(),
      }));
    },
    kinds: async (tenantId) => {
      const { rows } = await sql<{ vendor: string; model: string; firmware: string | null }>`
        select distinct vendor, model, firmware from smart_charging_tests
        where tenant_id = ${tenantId} and vendor is not null and model is not null
          and ended_at is not null and status <> 'refused'
        order by vendor, model, firmware`.execute(db);
      return rows.map(
        ({ vendor, model, firmware }): Kind => ({
          vendor,
          model,
          ...present({ firmware: firmware ?? undefined }),
        }),
      );
    },
  };
}
