/** Transactions of hours ago, told late, twice and in any order, over the whole service. */
import { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sessionId, siteId } from '../../solver/index.js';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import { smallSite } from '../control/small-site.js';
import { type RunningService, runService } from '../support/running-service.js';
import { connectUpkeepStation, PATIENCE, type UpkeepStation } from '../support/upkeep-station.js';

const HOUR_MS = 3_600_000;
const IDS = { 'ocpp1.6': 'S1', 'ocpp2.0.1': 'S2', 'ocpp2.1': 'S3' } as const;
const VERSIONS = ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'] as const;

let service: RunningService;
const stations = new Map<OcppVersion, UpkeepStation>();

beforeAll(async () => {
  service = await runService(smallSite({ stations: 3, evsesPerStation: 2 }));
  for (const version of VERSIONS) {
    stations.set(version, await connectUpkeepStation(service, { id: IDS[version], version }));
  }
  const expiresAt = new Date(Date.now() - 2 * HOUR_MS).toISOString();
  await service.call('PUT', '/v1/tokens/DAY', { status: 'Accepted', expiresAt });
});
afterAll(async () => {
  for (const station of stations.values()) await station.close();
  await service?.close();
});

function stationOf(version: OcppVersion): UpkeepStation {
  const station = stations.get(version);
  if (station === undefined) throw new Error(`no station of ${version}`);
  return station;
}

/** It ran from five hours to four hours ago: 10 kWh. */
const at = (hoursAgo: number): string => new Date(NOW_MS - hoursAgo * HOUR_MS).toISOString();
const NOW_MS = Math.floor(Date.now() / 1000) * 1000;

async function sessionsOf(id: string) {
  const { body } = await service.call('GET', `/v1/sessions?stationId=${id}`);
  return body.items;
}

/** The engine has it in memory. */
async function kept(id: string): Promise<unknown> {
  return service.engine.state(siteId('site'))?.sessions.get(sessionId(id));
}

async function query(text: string, values: readonly unknown[]): Promise<void> {
  const client = new Client({ connectionString: service.databaseUrl });
  await client.connect();
  await client.query(text, [...values]);
  await client.end();
}

const EXPECTED = {
  startedAt: at(5),
  endedAt: at(4),
  phase: 'ended',
  energyWh: 10_000,
};

async function expectOne(version: OcppVersion): Promise<void> {
  const id = IDS[version];
  await expect.poll(async () => (await sessionsOf(id)).length, PATIENCE).toBe(1);
  await expect.poll(async () => (await sessionsOf(id))[0], PATIENCE).toMatchObject(EXPECTED);
  expect((await sessionsOf(id)).length).toBe(1);
}

test('1.6: one session, judged and metered by its own times, however often it is told', async () => {
  const { call } = stationOf('ocpp1.6');
  await call('StatusNotification', { connectorId: 1, errorCode: 'NoError', status: 'Available' });
  const start = { connectorId: 1, idTag: 'day', meterStart: 5000, timestamp: at(5) };
  const first = await call('StartTransaction', start);
  // Two hours ago the token expired; five hours ago it was good.
  expect(first['idTagInfo']).toMatchObject({ status: 'Accepted' });
  const stop = {
    transactionId: first['transactionId'],
    meterStop: 15_000,
    timestamp: at(4),
    reason: 'Local',
  };
  await call('StopTransaction', stop);
  for (const [action, payload] of [
    ['StopTransaction', stop],
    ['StartTransaction', start],
    ['StopTransaction', { ...stop, idTag: 'DAY' }],
    ['StartTransaction', start],
  ] as const) {
    const answer = await call(action, payload);
    if (action === 'StartTransaction') {
      expect(answer['transactionId']).toBe(first['transactionId']);
    }
  }
  await call('MeterValues', {
    connectorId: 1,
    transactionId: first['transactionId'],
    meterValue: [{ timestamp: at(4.5), sampledValue: [{ value: '9000' }] }],
  });
  await expectOne('ocpp1.6');
});

test.each(['ocpp2.0.1', 'ocpp2.1'] as const)(
  '%s: the same, the end before the start',
  async (v) => {
    const { call } = stationOf(v);
    const event = (eventType: string, seqNo: number, hoursAgo: number, registerWh: number) => ({
      eventType,
      seqNo,
      timestamp: at(hoursAgo),
      triggerReason: eventType === 'Started' ? 'Authorized' : 'MeterValuePeriodic',
      offline: true,
      transactionInfo: { transactionId: `late-${v}` },
      evse: { id: 1 },
      ...(eventType === 'Started' ? { idToken: { idToken: 'DAY', type: 'ISO14443' } } : {}),
      meterValue: [
        {
          timestamp: at(hoursAgo),
          sampledValue: [
            {
              value: registerWh,
              measurand: 'Energy.Active.Import.Register',
              context:
                eventType === 'Started'
                  ? 'Transaction.Begin'
                  : eventType === 'Ended'
                    ? 'Transaction.End'
                    : 'Sample.Periodic',
            },
          ],
        },
      ],
    });
    const started = event('Started', 0, 5, 5000);
    const updated = event('Updated', 1, 4.5, 9000);
    const ended = event('Ended', 2, 4, 15_000);
    for (const payload of [ended, updated, ended, started, updated, started, ended]) {
      const answer = await call('TransactionEvent', payload);
      if (payload === started) expect(answer['idTokenInfo']).toMatchObject({ status: 'Accepted' });
    }
    await expectOne(v);
  },
);

test.each(VERSIONS)(
  '%s: of a session that was forgotten long ago, they count once as well',
  async (v) => {
    const [known] = await sessionsOf(IDS[v]);
    const id = `forgotten-${v}`;
    const transactionId = v === 'ocpp1.6' ? '990001' : id;
    await query(
      `insert into sessions select (jsonb_populate_record(row,
      jsonb_build_object('id', $1::text, 'transaction_id', $2::text))).*
      from sessions row where id = $3`,
      [id, transactionId, known.id],
    );
    await query(
      `insert into transactions select station_id, $1, site_id, tenant_id, 1 from transactions
      where station_id = $2 limit 1`,
      [transactionId, IDS[v]],
    );
    const { call } = stationOf(v);
    for (let times = 0; times < 2; times += 1) {
      if (v === 'ocpp1.6') {
        const stop = { transactionId: Number(transactionId), meterStop: 15_000, timestamp: at(4) };
        await call('StopTransaction', stop);
      } else {
        await call('TransactionEvent', {
          eventType: 'Ended',
          seqNo: 2,
          timestamp: at(4),
          triggerReason: 'EVDeparted',
          offline: true,
          transactionInfo: { transactionId },
          evse: { id: 1 },
        });
      }
    }
    await expect.poll(async () => (await kept(id)) !== undefined, PATIENCE).toBe(true);
    const all = await sessionsOf(IDS[v]);
    expect(all).toHaveLength(2);
    expect(all).toContainEqual(expect.objectContaining({ ...EXPECTED, id }));
  },
);

test('a station that sends ids it never had ends, meters and stops nothing', async () => {
  const before = await Promise.all(Object.values(IDS).map(sessionsOf));
  const [transactionId] = [...(service.engine.state(siteId('site'))?.sessions.values() ?? [])]
    .filter((it) => it.stationId === 'S1')
    .map((it) => it.transactionId);
  expect(transactionId).toMatch(/^\d+$/);
  const { call } = stationOf('ocpp2.0.1');
  const foreign = {
    triggerReason: 'MeterValuePeriodic',
    seqNo: 9,
    timestamp: at(4.2),
    transactionInfo: { transactionId: String(transactionId) },
  };
  await call('TransactionEvent', { ...foreign, eventType: 'Updated' });
  await call('TransactionEvent', { ...foreign, eventType: 'Ended' });
  await call('NotifyChargingLimit', {
    chargingLimit: { chargingLimitSource: 'EMS', isGridCritical: true },
  });
  expect(await sessionsOf('S1')).toEqual(before[0]);
  expect(await sessionsOf('S3')).toEqual(before[2]);
});
