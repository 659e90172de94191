/**
 * Ids of other stations touch nothing (the class of CVE-2026-28230): real stations over real sockets,
 * the real engine and rows, every message that names a transaction, every pair of stations.
 */
import type { RPCClient } from 'ocpp-rpc';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stationId } from '../../solver/index.js';
import type { Engine } from '../../src/control/engine.js';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import type { Session } from '../../src/sessions/session.js';
import type { Site } from '../../src/sites/site.js';
import type { Store } from '../../src/store/ports.js';
import { smallSite } from '../control/small-site.js';
import { type RunningService, runService } from '../support/running-service.js';

const DEADLINE_MS = 20_000;
const NAMES = ['one', 'two', 'three'];

interface Station {
  readonly id: string;
  readonly tenantId: string;
  readonly version: OcppVersion;
  readonly client: RPCClient;
}

/** A station with the transaction that it runs; its name is a number, so that 1.6 can say it. */
interface Victim extends Station {
  readonly transactionId: string;
  readonly startedAt: string;
}

let service: RunningService;
let store: Store;
let engine: Engine;
let stations: readonly Station[] = [];

beforeAll(async () => {
  service = await runService(siteOf('a'));
  ({ store, engine } = service);
  await addSite('b');
  const open: Station[] = [];
  for (const tenant of ['a', 'b']) {
    open.push(await connect(`${tenant}-one`, 'ocpp1.6'));
    open.push(await connect(`${tenant}-two`, 'ocpp1.6'));
    open.push(await connect(`${tenant}-three`, 'ocpp2.0.1'));
  }
  stations = open;
});

afterAll(async () => {
  for (const { client } of stations) await client.close({ force: true } as never);
  await service.close();
});

function siteOf(tenant: string): Site {
  const small = smallSite({ stations: 3, settings: { acceptAnyToken: true } });
  const renamed = JSON.parse(
    JSON.stringify(small).replaceAll(/"S(\d)(:1)?"/g, (_all, n: string, evse = '') =>
      JSON.stringify(`${tenant}-${NAMES[Number(n) - 1]}${evse}`),
    ),
  ) as Site;
  return { ...renamed, id: `site-${tenant}` as Site['id'], tenantId: `tenant-${tenant}` };
}

/** Its stations have the secret of those of the first site. */
async function addSite(tenant: string): Promise<void> {
  const site = siteOf(tenant);
  await engine.addSite(site, 'test');
  const known = await store.stations.credential('a-one');
  if (known === undefined) throw new Error('no station to take the secret from');
  for (const { id } of site.stations) {
    await store.stations.setCredential(id, site.id, known.secretMac, 'test');
  }
}

async function connect(id: string, version: OcppVersion): Promise<Station> {
  const client = await service.connect({ id, version, reply: () => undefined });
  return { id, tenantId: `tenant-${id[0]}`, version, client };
}

async function startCharging(station: Station): Promise<Victim> {
  const { client, version } = station;
  const startedAt = new Date().toISOString();
  if (version === 'ocpp1.6') {
    const answer = await client.call('StartTransaction', start16(startedAt));
    const { transactionId } = answer as { transactionId: number };
    return { ...station, startedAt, transactionId: String(transactionId) };
  }
  // Far from the numbers that we give out.
  const transactionId = String(9000 + stations.indexOf(station));
  await client.call('TransactionEvent', event('Started', transactionId, 1000));
  return { ...station, startedAt, transactionId };
}

const start16 = (timestamp: string) => ({
  connectorId: 1,
  idTag: 'TAG',
  meterStart: 1000,
  timestamp,
});

function event(eventType: 'Started' | 'Updated' | 'Ended', transactionId: string, wh: number) {
  const timestamp = new Date().toISOString();
  return {
    eventType,
    timestamp,
    triggerReason: 'Trigger',
    seqNo: 0,
    transactionInfo: { transactionId },
    evse: { id: 1, connectorId: 1 },
    meterValue: [{ timestamp, sampledValue: [{ value: wh }] }],
  };
}

/** Everything that a station may say about the transaction of another. */
function attacks(attacker: Station, victim: Victim): readonly (readonly [string, object])[] {
  const timestamp = new Date().toISOString();
  const meterValue = [{ timestamp, sampledValue: [{ value: '999000' }] }];
  if (attacker.version === 'ocpp1.6') {
    const transactionId = Number(victim.transactionId);
    return [
      ['MeterValues', { connectorId: 1, transactionId, meterValue }],
      ['MeterValues', { connectorId: 0, transactionId, meterValue }],
      ['StopTransaction', { transactionId, meterStop: 999_000, timestamp, idTag: 'TAG' }],
      ['StartTransaction', start16(victim.startedAt)],
    ];
  }
  const { transactionId } = victim;
  return [
    ['TransactionEvent', event('Started', transactionId, 999_000)],
    ['TransactionEvent', event('Updated', transactionId, 999_001)],
    ['TransactionEvent', event('Ended', transactionId, 999_002)],
    ['MeterValues', { evseId: 1, meterValue }],
    [
      'ReportChargingProfiles',
      {
        requestId: 1,
        chargingLimitSource: 'CSO',
        evseId: 1,
        chargingProfile: [
          {
            id: 1,
            stackLevel: 0,
            chargingProfilePurpose: 'TxProfile',
            chargingProfileKind: 'Absolute',
            transactionId,
            chargingSchedule: [
              {
                id: 1,
                chargingRateUnit: 'A',
                chargingSchedulePeriod: [{ startPeriod: 0, limit: 6 }],
              },
            ],
          },
        ],
      },
    ],
  ];
}

/** What is known of a station's own transaction, in every table that knows it. */
async function knownOf({ id, tenantId, transactionId }: Victim): Promise<unknown> {
  const { items } = await store.sessions.list({ tenantId, stationId: stationId(id), limit: 100 });
  const own = items.filter((it) => it.transactionId === transactionId);
  const evseNumber = await store.transactions.evseNumber(stationId(id), transactionId);
  const values = await Promise.all(own.map((session) => meterValuesOf(tenantId, session)));
  return { own: own.map(essence), evseNumber, values };
}

async function meterValuesOf(tenantId: string, session: Session): Promise<unknown> {
  const page = await store.sessions.meterValues({ tenantId, session, evseNumber: 1, limit: 500 });
  return page.items;
}

/** A session but for what its own engine works out as time passes. */
function essence(session: Session): unknown {
  const { vehicle: _, ...rest } = session;
  return rest;
}

/** Until everything that was answered is folded in and written. */
async function settled(): Promise<void> {
  const deadlineMs = Date.now() + DEADLINE_MS;
  for (const site of engine.sites()) {
    const heads = await store.inbox.append(site.id, []);
    expect(heads).toEqual([]);
    for (;;) {
      const state = engine.state(site.id);
      const behind = await store.inbox.read(site.id, state?.inboxSeq ?? 0, 1);
      if (behind.length === 0) break;
      if (Date.now() > deadlineMs) throw new Error(`${site.id} does not settle`);
      await new Promise((done) => setTimeout(done, 20));
    }
  }
}

describe("another station's transaction", () => {
  test('is not touched by any station of its own tenant or of another', async () => {
    let sent = 0;
    for (const station of stations) {
      const victim = await startCharging(station);
      await settled();
      const before = await knownOf(victim);
      expect(before).toMatchObject({ own: [{ phase: 'active' }], evseNumber: 1 });
      for (const attacker of stations.filter((it) => it !== station)) {
        for (const [action, payload] of attacks(attacker, victim)) {
          await attacker.client.call(action, payload);
          sent += 1;
        }
      }
      await settled();
      expect(await knownOf(victim), victim.id).toEqual(before);
    }
    // 6 victims, each attacked by 5 stations with 4 messages of 1.6 or 5 of 2.x.
    expect(sent).toBe(130);
  });

  test('is not listed for another tenant, by its token or otherwise', async () => {
    const [one] = stations;
    if (one === undefined) throw new Error('no station');
    const foreign = { tenantId: 'tenant-x', idToken: 'TAG', limit: 100 };
    expect((await store.sessions.list(foreign)).items).toEqual([]);
    const own = await store.sessions.list({ tenantId: one.tenantId, idToken: 'tag', limit: 100 });
    const [session] = own.items;
    expect(own.items.every((it) => it.siteId === 'site-a')).toBe(true);
    if (session === undefined) throw new Error('no session');
    expect(await meterValuesOf('tenant-b', session)).toEqual([]);
    expect(await meterValuesOf(one.tenantId, session)).not.toEqual([]);
  });
});

describe('a token', () => {
  test('is judged by the rows of its tenant and by who charges now, over the gateway', async () => {
    const [one, two, three, foreign] = stations;
    if (!one || !two || !three || !foreign) throw new Error('no stations');
    const card = {
      idToken: 'CARD',
      type: 'ISO14443',
      status: 'Accepted',
      groupId: 'FLEET',
      allowOffline: true,
      concurrent: 'refuse',
    } as const;
    await store.tokens.put(
      one.tenantId,
      [card, { ...card, idToken: 'LOST', status: 'Blocked' }],
      'x',
    );
    const started = { ...start16(new Date().toISOString()), idTag: 'Card' };
    expect(await one.client.call('StartTransaction', started)).toMatchObject({
      idTagInfo: { status: 'Accepted', parentIdTag: 'FLEET' },
    });
    await settled();
    expect(await two.client.call('Authorize', { idTag: 'card' })).toEqual({
      idTagInfo: { status: 'ConcurrentTx', parentIdTag: 'FLEET' },
    });
    const lost = { idToken: 'lost', type: 'ISO14443' };
    expect(await three.client.call('Authorize', { idToken: lost })).toMatchObject({
      idTokenInfo: { status: 'Blocked' },
    });
    expect(await foreign.client.call('Authorize', { idTag: 'LOST' })).toEqual({
      idTagInfo: { status: 'Accepted' },
    });
  });
});
