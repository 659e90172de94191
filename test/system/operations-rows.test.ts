/** The histories as rows: figures that were computed by hand, and questions that stay bounded. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StationId, stationId } from '../../solver/index.js';
import { planDeliveries } from '../../src/operations/alert-plan.js';
import { stationReport } from '../../src/operations/station-report.js';
import { createPool } from '../../src/store/pool.js';
import { type Database, openDatabase } from '../../src/store/postgres/open-database.js';
import type { Store } from '../../src/store/ports.js';
import { NOW_MS, siteOf, TENANT } from '../support/store-fixtures.js';
import { openTestStore, rememberingLog } from '../support/test-store.js';

const DAY_MS = 24 * 3_600_000;
const HOUR_MS = 3_600_000;
const site = siteOf('site');
const id = (name: string): StationId => stationId(name);

let database: Database;
let store: Store;
let pool: ReturnType<typeof createPool>;

beforeAll(async () => {
  database = await openDatabase({ log: rememberingLog() });
  store = await openTestStore(database.url);
  pool = createPool({ url: database.url, connectionsMax: 1, log: rememberingLog() });
  await store.sites.create(site, 'tester');
});
afterAll(async () => {
  await pool.end();
  await store.close();
  await database.stop();
});

const ago = (days: number): Date => new Date(NOW_MS - days * DAY_MS);

async function connection(station: string, openedDays: number, closedDays?: number): Promise<void> {
  const opened = ago(openedDays);
  await pool.query(
    `insert into station_connections (tenant_id, site_id, station_id, generation, opened_at,
       last_message_at, closed_at) values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      TENANT,
      site.id,
      station,
      opened.getTime(),
      opened,
      new Date(opened.getTime() + HOUR_MS),
      closedDays === undefined ? null : ago(closedDays),
    ],
  );
}

async function status(
  station: string,
  evseNumber: number,
  name: string,
  days: number,
): Promise<void> {
  await pool.query(
    `insert into evse_status_history (tenant_id, site_id, station_id, evse_number, status, at,
       received_at) values ($1, $2, $3, $4, $5, $6, $6)`,
    [TENANT, site.id, station, evseNumber, name, ago(days)],
  );
}

interface SessionRow {
  readonly id: string;
  readonly station: string;
  readonly deliveredWh: number | null;
  readonly registersWh?: readonly [number, number];
  readonly transactionId?: string | null;
  readonly minutes?: number;
}

async function session(row: SessionRow): Promise<void> {
  const { registersWh = [null, null], transactionId = 't', minutes = 60 } = row;
  await pool.query(
    `insert into sessions (id, site_id, tenant_id, epoch, evse_id, station_id, phase,
       transaction_id, plugged_in_at, ended_at, meter_start_wh, meter_last_wh, state, actor,
       delivered_wh)
     values ($1, $2, $3, 1, $4, $5, 'ended', $6, $7, $8, $9, $10, '{}', 'engine', $11)`,
    [
      row.id,
      site.id,
      TENANT,
      `${row.station}:1`,
      row.station,
      transactionId,
      ago(1),
      new Date(ago(1).getTime() + minutes * 60_000),
      ...registersWh,
      row.deliveredWh,
    ],
  );
}

const report = (station: string, days = 10): ReturnType<typeof stationReport> =>
  stationReport(store.operations, {
    tenantId: TENANT,
    siteId: site.id,
    stationId: id(station),
    evseNumbers: [1, 2],
    fromMs: NOW_MS - days * DAY_MS,
    toMs: NOW_MS,
  });

const fractions = async (station: string): Promise<readonly number[]> =>
  (await report(station)).ports.map((it) => it.uptime.uptimeFraction);

describe('uptime of ten days', () => {
  test('of a station that has been away since before them is nought', async () => {
    await connection('AWAY', 30, 12);
    expect(await fractions('AWAY')).toEqual([0, 0]);
  });

  test('counts the days until it came back', async () => {
    await connection('BACK', 30, 12);
    await connection('BACK', 8);
    const [one] = await fractions('BACK');
    expect(one).toBeCloseTo(0.8, 9);
  });

  test('takes an older connection whose end was never told as ended with its last message', async () => {
    await connection('LOST', 5);
    await connection('LOST', 2);
    const found = await report('LOST');
    // Known for five days: one hour, then nothing for three days, then two days.
    expect(found.ports[0]?.uptime.uptimeFraction).toBeCloseTo((1 / 24 + 2) / 5, 9);
    expect(found.connections.map((it) => it.closedAtMs)).toEqual([
      ago(5).getTime() + HOUR_MS,
      undefined,
    ]);
  });

  test('counts what the station says of itself as a whole on every port, and once', async () => {
    await connection('WHOLE', 20);
    await status('WHOLE', 0, 'faulted', 6);
    await status('WHOLE', 1, 'faulted', 5);
    await status('WHOLE', 0, 'available', 4);
    await status('WHOLE', 1, 'available', 3);
    const [first, second] = await fractions('WHOLE');
    expect(first).toBeCloseTo(0.7, 9);
    expect(second).toBeCloseTo(0.8, 9);
    await status('WHOLE', 0, 'faulted', 0.5);
    expect(await store.operations.figures.wholeFaulted(site.id)).toEqual([{ stationId: 'WHOLE' }]);
  });

  test('leaves out what an exclusion of the station or of its site covers', async () => {
    await connection('EXCL', 20);
    await status('EXCL', 1, 'unavailable', 6);
    await status('EXCL', 1, 'available', 4);
    const exclusion = {
      siteId: site.id,
      kind: 'vandalism' as const,
      startsAtMs: NOW_MS - 5 * DAY_MS,
      endsAtMs: NOW_MS,
    };
    const { exclusions } = store.operations;
    await exclusions.create(
      TENANT,
      { ...exclusion, id: 'other', stationId: id('OTHER') },
      'tester',
    );
    expect((await fractions('EXCL'))[0]).toBeCloseTo(0.8, 9);
    await exclusions.create(TENANT, { ...exclusion, id: 'own', stationId: id('EXCL') }, 'tester');
    expect((await fractions('EXCL'))[0]).toBeCloseTo(0.9, 9);
  });
});

test('success is what the meter of the session says, not what its registers call it', async () => {
  await connection('TALLY', 2);
  const rows: readonly Omit<SessionRow, 'station'>[] = [
    // 7.2 kWh, counted as 7.2 "Wh".
    { id: 's1', deliveredWh: 7200, registersWh: [100, 107.2] },
    // No register moved; the power was integrated.
    { id: 's2', deliveredWh: 4000, registersWh: [50, 50] },
    { id: 's3', deliveredWh: 20, registersWh: [0, 20] },
    // From before what the whole meter says was kept.
    { id: 's4', deliveredWh: null, registersWh: [1000, 9000] },
    { id: 's5', deliveredWh: null },
    // In for half a minute without a transaction: nobody's attempt.
    { id: 's6', deliveredWh: null, transactionId: null, minutes: 0.5 },
    { id: 's7', deliveredWh: null, transactionId: null, minutes: 5 },
  ];
  for (const row of rows) await session({ ...row, station: 'TALLY' });
  expect(await report('TALLY')).toMatchObject({ attempted: 6, succeeded: 3 });
  const { figures } = store.operations;
  expect(await figures.tallies(site.id, NOW_MS - 2 * DAY_MS)).toEqual([
    { stationId: 'TALLY', attempted: 6, succeeded: 3 },
  ]);
  const dayMs = Math.floor((NOW_MS - DAY_MS) / DAY_MS) * DAY_MS;
  const days = await figures.days(site.id, dayMs, dayMs + DAY_MS);
  const own = days.find((it) => it.stationId === 'TALLY');
  expect(own).toMatchObject({ sessions: 5, energyWh: 7200 + 4000 + 20 + 8000 });
});

describe('the log of messages', () => {
  test('is searched to its end, a bounded piece at a time', async () => {
    await pool.query(
      `insert into ocpp_log (site_id, tenant_id, station_id, generation, at, direction, action,
         message_type, bytes, message)
       select $1, $2, 'CHATTY', 1, $3::timestamptz - n * interval '1 second', 'in',
         case when n in (3, 14000, 24999) then 'Authorize' else 'Heartbeat' end, 2, 10, 'x' || n
       from generate_series(1, 25000) n`,
      [site.id, TENANT, ago(0)],
    );
    const { messages } = store.operations;
    const ask = { tenantId: TENANT, stationId: id('CHATTY'), limit: 50, action: 'Authorize' };
    for (const order of ['newest-first', 'oldest-first'] as const) {
      const found: string[] = [];
      let pages = 0;
      let after: string | undefined;
      do {
        const page = await messages.list({
          ...ask,
          order,
          ...(after === undefined ? {} : { after }),
        });
        found.push(...page.items.map((it) => it.message));
        pages += 1;
        after = page.next;
      } while (after !== undefined);
      const expected = ['x3', 'x14000', 'x24999'];
      expect(found).toEqual(order === 'newest-first' ? expected : expected.toReversed());
      expect(pages).toBe(3);
    }
    const plain = await messages.list({
      tenantId: TENANT,
      stationId: id('CHATTY'),
      limit: 50,
      order: 'newest-first',
    });
    expect(plain.items).toHaveLength(50);
  });

  test('forgets by age, slice by slice; a state that is old is still the state', async () => {
    await pool.query(
      `insert into ocpp_log (site_id, tenant_id, station_id, generation, at, direction, bytes,
         message)
       select $1, $2, 'OLD', 1, $3::timestamptz + (n % 3) * interval '1 minute', 'in', 1, 'x'
       from generate_series(1, 12000) n`,
      [site.id, TENANT, ago(11)],
    );
    await status('ANCIENT', 1, 'available', 50);
    await status('ANCIENT', 1, 'unavailable', 40);
    await connection('ANCIENT', 60, 55);
    await connection('ANCIENT', 50, 45);
    await store.prune(NOW_MS);
    const left = await pool.query(
      `select count(*) filter (where station_id = 'OLD') as old,
         count(*) filter (where station_id = 'CHATTY') as chatty from ocpp_log`,
    );
    expect(left.rows).toEqual([{ old: 0, chatty: 25_000 }]);
    expect(await fractions('ANCIENT')).toEqual([0, 0]);
    const { statuses } = store.operations;
    const known = await statuses.within({
      tenantId: TENANT,
      stationId: id('ANCIENT'),
      fromMs: NOW_MS - DAY_MS,
      toMs: NOW_MS,
    });
    expect(known.map((it) => it.status)).toEqual(['unavailable']);
  });
});

describe('deliveries', () => {
  const scope = { tenantId: TENANT, siteId: site.id };
  const channelOf = (name: string, secret?: Buffer): Promise<{ readonly id: string }> =>
    store.operations.alerts.channels.create(
      TENANT,
      { id: name, kind: 'webhook', name, target: 'https://receiver.example/' },
      secret,
      'tester',
    );
  const occur = (prefix: string, count: number): Promise<void> =>
    store.operations.faults.occur(
      scope,
      Array.from({ length: count }, (_, index) => ({
        key: `${prefix}${index}`,
        kind: 'security-event' as const,
        cause: 'x',
        severity: 'error' as const,
        summary: prefix,
        evidence: {},
      })),
      NOW_MS,
    );
  const digestFor = (channelId: string) => (events: readonly { readonly id: number }[]) => [
    {
      tenantId: TENANT,
      ruleId: 'rule',
      channelId,
      type: 'faults.digest' as const,
      dueAtMs: NOW_MS + HOUR_MS,
      digestKey: `digest ${channelId}`,
      eventIds: events.map((it) => it.id),
    },
  ];

  test('many events that no rule tells do not keep the next ones waiting', async () => {
    const { alerts } = store.operations;
    await occur('untold', 450);
    const none = () => planDeliveries([], [], NOW_MS);
    const thought: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      thought.push((await alerts.plan(none, NOW_MS)).thought);
    }
    expect(thought).toEqual([200, 200, 50, 0]);
  });

  test('a digest knows how much it has to tell, and takes nothing more once it is on its way', async () => {
    const { alerts } = store.operations;
    const channel = await channelOf('digests', Buffer.alloc(24, 1));
    await occur('many', 300);
    const ids = new Set<string>();
    for (;;) {
      const { thought, made } = await alerts.plan(digestFor(channel.id), NOW_MS);
      if (thought === 0) break;
      for (const it of made) ids.add(it.id);
    }
    const [digest = '', ...others] = ids;
    expect(others).toEqual([]);
    const dueMs = NOW_MS + HOUR_MS;
    const claimed = await alerts.deliveries.claim(digest, dueMs, dueMs + 1000);
    expect(claimed).toMatchObject({ eventCount: 300, attempts: 1 });
    expect(claimed?.events).toHaveLength(200);

    await occur('late', 1);
    const { made } = await alerts.plan(digestFor(channel.id), dueMs);
    expect(made).toEqual([{ id: expect.any(String), dueAtMs: dueMs }]);
    const own = await alerts.deliveries.claim(made[0]?.id ?? '', dueMs, dueMs + 1000);
    expect(own?.events.map((it) => it.fault.key)).toEqual(['late0']);
  });

  test('an end counts for whoever holds the claim, and a kept payload stays', async () => {
    const { deliveries } = store.operations.alerts;
    const channel = await channelOf('claims', Buffer.alloc(24, 2));
    const made = await deliveries.createTest(TENANT, channel.id, NOW_MS, 'tester');
    await deliveries.claim(made, NOW_MS, NOW_MS + 10);
    await deliveries.keepPayload(made, 'first');
    await deliveries.claim(made, NOW_MS + 10, NOW_MS + 20);
    await deliveries.keepPayload(made, 'second');
    await deliveries.end(made, 1, { state: 'failed', error: 'too late' }, NOW_MS + 30);
    const list = (): ReturnType<typeof deliveries.list> =>
      deliveries.list({ tenantId: TENANT, channelId: channel.id, limit: 5 });
    expect((await list()).items).toMatchObject([{ state: 'waiting', payload: 'first' }]);
    await deliveries.end(made, 2, { state: 'delivered', status: 204 }, NOW_MS + 30);
    expect((await list()).items).toMatchObject([{ state: 'delivered', attempts: 2 }]);
  });

  test('a secret that does not open is no secret, and nothing is thrown', async () => {
    const { deliveries } = store.operations.alerts;
    const channel = await channelOf('broken', Buffer.alloc(24, 3));
    await pool.query("update alert_channels set secret_sealed = 'rubbish' where id = 'broken'");
    const made = await deliveries.createTest(TENANT, channel.id, NOW_MS, 'tester');
    const claimed = await deliveries.claim(made, NOW_MS, NOW_MS + 10);
    expect(claimed?.secrets).toEqual([]);
  });
});
