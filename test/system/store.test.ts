import * as fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { amps, circuitId, evseId, sessionId, stationId } from '../../solver/index.js';
import type { SiteEvent, SiteState } from '../../src/control/state.js';
import { hashKey, newApiKey } from '../../src/platform/credentials.js';
import { createKysely, createPool } from '../../src/store/pool.js';
import { type Database, openDatabase } from '../../src/store/postgres/open-database.js';
import type { StationProtocol, Store } from '../../src/store/ports.js';
import type { Site } from '../../src/sites/site.js';
import {
  cycleOf,
  evseOf,
  fullSession,
  NOW_MS,
  pendingOf,
  sessionOf,
  signalOf,
  siteOf,
  startedEvent,
  stationOf,
  statusEvent,
  TENANT,
} from '../support/store-fixtures.js';
import { openTestStore, rememberingLog } from '../support/test-store.js';

const DAY_MS = 24 * 3_600_000;

let database: Database;
let store: Store;
let siteCount = 0;

beforeAll(async () => {
  database = await openDatabase({ log: rememberingLog() });
  store = await openTestStore(database.url);
});

afterAll(async () => {
  await store.close();
  await database.stop();
});

async function newSite(): Promise<Site> {
  siteCount += 1;
  const site = siteOf(`site-${siteCount}`);
  await store.sites.create(site, 'tester');
  return site;
}

/** A second look, past the store. */
async function rows<Row>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
  const pool = createPool({ url: database.url, connectionsMax: 1, log: rememberingLog() });
  try {
    return (await pool.query(text, [...values])).rows as Row[];
  } finally {
    await pool.end();
  }
}

describe('sites', () => {
  test('come back as they were created, and a second of the same id is refused', async () => {
    const site = await newSite();
    const found = (await store.sites.list()).find((item) => item.id === site.id);
    expect(found).toStrictEqual(site);
    await expect(store.sites.create(site, 'tester')).rejects.toMatchObject({
      code: 'already-exists',
    });
  });

  test('leave a row in the audit with actor and content', async () => {
    const site = await newSite();
    const found = await rows<{ actor: string; after: Site }>(
      "select actor, after from audit where action = 'site.create' and target = $1",
      [site.id],
    );
    expect(found).toMatchObject([{ actor: 'tester', after: { name: site.name } }]);
  });

  test('show their newest version after a cycle that edited them', async () => {
    const site = await newSite();
    const epoch = await store.engine.claimEpoch(site.id);
    const { importLimitW: _, ...rest } = site;
    const edited = { ...rest, version: 2 };
    await store.engine.commit(cycleOf(site, { epoch, site: edited }));
    const found = (await store.sites.list()).find((item) => item.id === site.id);
    expect(found).toStrictEqual(edited);
  });
});

describe('the inbox', () => {
  test('numbers events from 1 without gaps under concurrent callers, each in its own order', async () => {
    const site = await newSite();
    const callers = Array.from({ length: 40 }, (_, caller) =>
      Array.from({ length: 5 }, (_, index) => [
        statusEvent(`c${caller}`, index * 2 + 1),
        statusEvent(`c${caller}`, index * 2 + 2),
      ]),
    );
    const given = await Promise.all(
      callers.map((calls) => Promise.all(calls.map((e) => store.inbox.append(site.id, e)))),
    );
    const all = given.flat(2).sort((a, b) => a - b);
    expect(all).toStrictEqual(Array.from({ length: 400 }, (_, index) => index + 1));

    const read = await store.inbox.read(site.id, 0, 1000);
    expect(read.map((item) => item.seq)).toStrictEqual(all);
    for (const [caller, seqs] of given.entries()) {
      const own = read.filter(
        ({ event }) => 'stationId' in event && event.stationId === `c${caller}`,
      );
      expect(own.map((item) => item.seq)).toStrictEqual(seqs.flat());
      expect(own.map(({ event }) => 'evseNumber' in event && event.evseNumber)).toStrictEqual([
        1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
      ]);
    }
  });

  test('has no gaps when two processes write to one site', async () => {
    const site = await newSite();
    const other = await openTestStore(database.url);
    try {
      const seqs = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          (index % 2 === 0 ? store : other).inbox.append(site.id, [statusEvent('st', index)]),
        ),
      );
      expect(seqs.flat().sort((a, b) => a - b)).toStrictEqual(
        Array.from({ length: 60 }, (_, index) => index + 1),
      );
    } finally {
      await other.close();
    }
  });

  test('reads after a sequence, up to a limit, events equal to what was appended', async () => {
    const site = await newSite();
    const sampled: SiteEvent = {
      type: 'meter.sampled',
      stationId: stationId('st1'),
      receivedAtMs: NOW_MS,
      evseNumber: 1,
      samples: [{ atMs: NOW_MS, currentA: [16, undefined, undefined], powerW: 0 }],
    };
    const events = [startedEvent('st1', '77'), sampled, statusEvent('st1', 3)];
    expect(await store.inbox.append(site.id, events)).toStrictEqual([1, 2, 3]);
    expect(await store.inbox.read(site.id, 1, 1)).toStrictEqual([{ seq: 2, event: sampled }]);
    const all = await store.inbox.read(site.id, 0, 10);
    expect(all.map((item) => item.event)).toStrictEqual(events);
  });

  test('stores what stations send, even NUL, half a surrogate pair and absurd numbers', async () => {
    const site = await newSite();
    const booted: SiteEvent = {
      type: 'station.booted',
      stationId: stationId('st1'),
      receivedAtMs: NOW_MS,
      vendor: 'A\0B',
      model: 'x\ud800y',
    };
    const sampled: SiteEvent = {
      type: 'meter.sampled',
      stationId: stationId('st1'),
      receivedAtMs: NOW_MS,
      evseNumber: 1,
      samples: [
        { atMs: Number.NaN, powerW: 1 },
        { atMs: 1e300, powerW: 1 },
        { atMs: NOW_MS, powerW: Number.POSITIVE_INFINITY, energyWh: 1e300 },
      ],
    };
    await store.inbox.append(site.id, [booted, sampled]);
    const [first, second] = await store.inbox.read(site.id, 0, 10);
    expect(first?.event).toMatchObject({ vendor: 'A\uFFFDB', model: 'x\uFFFDy' });
    expect(second?.event).toStrictEqual(sampled);
  });

  test('writes each meter sample and register to the meter values', async () => {
    const site = await newSite();
    await store.inbox.append(site.id, [
      startedEvent('meter-st', '9'),
      {
        type: 'transaction.ended',
        stationId: stationId('meter-st'),
        receivedAtMs: NOW_MS,
        transactionId: '9',
        meterStopWh: 1500,
        samples: [{ atMs: NOW_MS + 1, energyWh: 1400, currentA: [16, undefined, 0] }],
        atMs: NOW_MS + 2,
        offline: true,
      },
    ]);
    const found = await rows(
      'select inbox_seq, energy_wh, current_a, tenant_id, at from meter_values where station_id = $1 order by at',
      ['meter-st'],
    );
    expect(found).toMatchObject([
      { inbox_seq: 1, energy_wh: 1000, current_a: null, tenant_id: TENANT },
      { inbox_seq: 2, energy_wh: 1400, current_a: [16, null, 0], at: new Date(NOW_MS + 1) },
      { inbox_seq: 2, energy_wh: 1500 },
    ]);
    const [place] = await rows<{ name: string }>(
      'select distinct tableoid::regclass::text as name from meter_values where station_id = $1',
      ['meter-st'],
    );
    expect(place?.name).toBe('meter_values_y2026m05');
  });

  test('refuses a site that does not exist and stays usable', async () => {
    const site = await newSite();
    const unknown = siteOf('nowhere').id;
    await expect(store.inbox.append(unknown, [statusEvent('a', 1)])).rejects.toMatchObject({
      code: 'site-unknown',
    });
    expect(await store.inbox.append(site.id, [statusEvent('a', 1)])).toStrictEqual([1]);
  });
});

describe('the engine', () => {
  test('finds nothing of a site that never ran', async () => {
    const site = await newSite();
    await store.engine.claimEpoch(site.id);
    expect(await store.engine.load(site.id)).toBeUndefined();
  });

  test('loads what it committed, for a rich state', async () => {
    const site = await newSite();
    const { write, expected } = richCycle(site, await store.engine.claimEpoch(site.id));
    await store.engine.commit(write);
    expect(await store.engine.load(site.id)).toStrictEqual(expected);
  });

  test('loads the newest of each row after several cycles', async () => {
    const site = await newSite();
    const epoch = await store.engine.claimEpoch(site.id);
    const { write, expected } = richCycle(site, epoch);
    await store.engine.commit(write);
    const evse = evseOf(`${site.id}:e1`, { status: 'faulted', errorCode: 'GroundFailure' });
    const session = sessionOf(`${site.id}-s2`, { phase: 'finished' });
    await store.engine.commit(
      cycleOf(site, {
        epoch,
        nextSeq: 13,
        inboxSeq: 6,
        evses: [evse],
        sessions: [session],
        answered: [{ seq: 10, outcome: { status: 'timeout' }, atMs: NOW_MS }],
      }),
    );
    const loaded = await store.engine.load(site.id);
    expect(loaded?.evses.get(evse.id)).toStrictEqual(evse);
    expect(loaded?.sessions.get(session.id)).toStrictEqual(session);
    expect([...(loaded?.pending.keys() ?? [])]).toStrictEqual([11]);
    expect(loaded?.stations).toStrictEqual(expected.stations);
    expect(loaded?.control).toStrictEqual(expected.control);
    expect(loaded).toMatchObject({ nextSeq: 13, inboxSeq: 6 });
  });

  test('loads any session and EVSE that it committed (100 runs)', async () => {
    const site = await newSite();
    const epoch = await store.engine.claimEpoch(site.id);
    const instantMs = fc.integer({ min: 0, max: 4_102_444_800_000 });
    const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0);
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    const optional = fc.record(
      {
        transactionId: text,
        idToken: text,
        startedAtMs: instantMs,
        meterStartWh: number,
        meterLastWh: number,
        meterLastAtMs: instantMs,
        stopReason: text,
        powerW: number,
        socFraction: number,
        sampledAtMs: instantMs,
        drawnA: fc.tuple(number, number, number),
        vehicle: fc.record(
          { currentMaxA: number, belowSinceMs: instantMs, satisfied: fc.boolean() },
          { requiredKeys: ['satisfied'] },
        ),
      },
      { requiredKeys: [] },
    );
    const changes = fc.array(instantMs);
    await fc.assert(
      fc.asyncProperty(optional, changes, number, async (extra, changesAtMs, limitA) => {
        const session = sessionOf(`${site.id}-any`, plain(extra));
        const evse = evseOf(`${site.id}:any`, {
          changesAtMs: [...changesAtMs],
          repeatsAtMs: [...changesAtMs].reverse(),
          sweeps: changesAtMs.length,
          decision: {
            evseId: evseId(`${site.id}:any`),
            atMs: NOW_MS,
            limitA,
            goalA: 0,
            boundBy: { kind: 'no-session' },
          },
        });
        await store.engine.commit(cycleOf(site, { epoch, sessions: [session], evses: [evse] }));
        const loaded = await store.engine.load(site.id);
        expect(loaded?.sessions.get(session.id)).toStrictEqual(withoutNul(session));
        expect(loaded?.evses.get(evse.id)).toStrictEqual(evse);
      }),
      { numRuns: 100, seed: 20_260_520 },
    );
  });

  test('refuses a stale epoch and writes nothing of it', async () => {
    const site = await newSite();
    const old = await store.engine.claimEpoch(site.id);
    await store.engine.commit(cycleOf(site, { epoch: old, nextSeq: 2, planned: [pendingOf(1)] }));
    const newer = await store.engine.claimEpoch(site.id);
    expect(newer).toBe(old + 1);
    const late = cycleOf(site, { epoch: old, nextSeq: 99, planned: [pendingOf(2)] });
    await expect(store.engine.commit(late)).rejects.toMatchObject({ code: 'stale-epoch' });
    const loaded = await store.engine.load(site.id);
    expect(loaded?.nextSeq).toBe(2);
    expect([...(loaded?.pending.keys() ?? [])]).toStrictEqual([1]);
  });

  test('a site is left by a holder that is silent, or that is this process, and by no other', async () => {
    const site = await newSite();
    const other = await openTestStore(database.url);
    try {
      expect(await store.engine.isLeft(site.id, 60)).toBe(false);
      await other.engine.claimEpoch(site.id);
      const looks = async () => [
        await store.engine.isLeft(site.id, 60),
        await other.engine.isLeft(site.id, 60),
      ];
      expect(await looks()).toEqual([false, true]);
      const silent = `update sites set holder_seen_at = now() - interval '2 minutes' where id = $1`;
      await rows(silent, [site.id]);
      await store.engine.sayHeld();
      expect(await looks()).toEqual([true, true]);
      await other.engine.sayHeld();
      expect(await looks()).toEqual([false, true]);
      await rows('update sites set epoch = epoch + 1 where id = $1', [site.id]);
      expect(await looks()).toEqual([false, false]);
    } finally {
      await other.close();
    }
  });

  test('lets exactly one of two engines write when they claim and commit at once', async () => {
    const site = await newSite();
    const other = await openTestStore(database.url);
    try {
      let refusals = 0;
      /** Both go on until one of them was refused, however slowly the other comes to its turn. */
      const run = async (door: Store, seq: number): Promise<void> => {
        const epoch = await door.engine.claimEpoch(site.id);
        for (let step = 0; step < 20 || refusals === 0; step += 1) {
          const planned = [pendingOf(seq + step, { epoch })];
          await door.engine.commit(cycleOf(site, { epoch, planned })).catch((error: unknown) => {
            refusals += 1;
            throw error;
          });
        }
      };
      const ends = await Promise.allSettled([run(store, 1_000_000), run(other, 2_000_000)]);
      const refused = ends.filter((end) => end.status === 'rejected');
      expect(refused).toHaveLength(1);
      expect(refused[0]?.reason).toMatchObject({ code: 'stale-epoch' });
      const epochs = await rows<{ epoch: number }>(
        'select epoch from outbox where site_id = $1 order by ctid',
        [site.id],
      );
      const order = epochs.map((row) => row.epoch);
      expect(order).toStrictEqual([...order].sort((a, b) => a - b));
    } finally {
      await other.close();
    }
  });

  test('keeps the answer of a command that ended in the cycle that planned it', async () => {
    const site = await newSite();
    const epoch = await store.engine.claimEpoch(site.id);
    const outcome = { status: 'not-sent', detail: 'expired' } as const;
    await store.engine.commit(
      cycleOf(site, {
        epoch,
        planned: [pendingOf(1)],
        answered: [{ seq: 1, outcome, atMs: NOW_MS }],
      }),
    );
    expect((await store.engine.load(site.id))?.pending.size).toBe(0);
    const found = await rows('select state, outcome from outbox where site_id = $1', [site.id]);
    expect(found).toStrictEqual([{ state: 'fenced', outcome }]);
  });

  test('writes a whole cycle or nothing', async () => {
    const site = await newSite();
    const epoch = await store.engine.claimEpoch(site.id);
    await store.engine.commit(cycleOf(site, { epoch, nextSeq: 2, planned: [pendingOf(1)] }));
    const twice = cycleOf(site, {
      epoch,
      nextSeq: 3,
      evses: [evseOf(`${site.id}:1`)],
      planned: [pendingOf(1)],
    });
    await expect(store.engine.commit(twice)).rejects.toThrow(/duplicate key/);
    const loaded = await store.engine.load(site.id);
    expect(loaded?.nextSeq).toBe(2);
    expect(loaded?.evses.size).toBe(0);
  });

  test('keeps sessions that ended lately and signals whose sequence still refuses replays', async () => {
    const site = await newSite();
    const epoch = await store.engine.claimEpoch(site.id);
    const ended = (id: string, agoMs: number) =>
      sessionOf(`${site.id}-${id}`, { phase: 'ended', endedAtMs: NOW_MS - agoMs });
    const over = { endsAtMs: NOW_MS - 3 * DAY_MS };
    await store.engine.commit(
      cycleOf(site, {
        epoch,
        sessions: [ended('late', 5 * 3_600_000), ended('early', 25 * 3_600_000)],
        signals: [
          signalOf(site.id, 'old-7', { ...over, sequence: 7 }),
          signalOf(site.id, 'old-9', { ...over, sequence: 9 }),
          signalOf(site.id, 'price', { type: 'price', sequence: 1 }),
        ],
      }),
    );
    const loaded = await store.engine.load(site.id);
    expect([...(loaded?.sessions.keys() ?? [])]).toStrictEqual([`${site.id}-late`]);
    expect([...(loaded?.signals.keys() ?? [])].sort()).toStrictEqual(['old-9', 'price']);
  });

  test('commits 5 EVSEs, 5 sessions, 5 commands and 5 decisions 60 times, and says how quickly', async () => {
    const site = await newSite();
    const epoch = await store.engine.claimEpoch(site.id);
    const durationsMs: number[] = [];
    for (let cycle = 0; cycle < 60; cycle += 1) {
      const write = fiveOfEach(site, { epoch, cycle });
      const startMs = performance.now();
      await store.engine.commit(write);
      durationsMs.push(performance.now() - startMs);
    }
    const medianMs = durationsMs.sort((a, b) => a - b)[30] ?? Number.NaN;
    console.info(`commit of 5+5+5+5 rows: median ${medianMs.toFixed(2)} ms of 60`);
    expect((await store.engine.load(site.id))?.evses.size).toBe(5);
  });
});

describe('transactions', () => {
  test('give one fingerprint one id, also to concurrent callers of two processes', async () => {
    const other = await openTestStore(database.url);
    try {
      const station = stationId('fp-st');
      const ids = await Promise.all(
        Array.from({ length: 30 }, (_, index) =>
          (index % 2 === 0 ? store : other).transactions.idOf(station, `start-${index % 3}`),
        ),
      );
      expect(new Set(ids).size).toBe(3);
      for (const [index, id] of ids.entries()) expect(id).toBe(ids[index % 3]);
      const elsewhere = await store.transactions.idOf(stationId('fp-other'), 'start-0');
      expect(ids).not.toContain(elsewhere);
      expect(Math.min(...ids, elsewhere)).toBeGreaterThanOrEqual(1);
    } finally {
      await other.close();
    }
  });

  test('know their EVSE as soon as the start is in the inbox, for their own station only', async () => {
    const site = await newSite();
    await store.inbox.append(site.id, [startedEvent('tx-st', '321')]);
    expect(await store.transactions.evseNumber(stationId('tx-st'), '321')).toBe(2);
    expect(await store.transactions.evseNumber(stationId('other'), '321')).toBeUndefined();
  });
});

describe('lists', () => {
  test('page through sessions, newest first, without repeating or losing one', async () => {
    const site = await newSite();
    const epoch = await store.engine.claimEpoch(site.id);
    const sessions = Array.from({ length: 25 }, (_, index) =>
      sessionOf(`${site.id}-p${String(index).padStart(2, '0')}`, {
        pluggedInAtMs: NOW_MS - Math.floor(index / 3) * 1000,
        phase: index % 5 === 0 ? 'ended' : 'active',
        ...(index % 5 === 0 ? { endedAtMs: NOW_MS } : {}),
      }),
    );
    await store.engine.commit(cycleOf(site, { epoch, sessions }));
    const query = { tenantId: TENANT, siteId: site.id, limit: 10 };
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await store.sessions.list(after === undefined ? query : { ...query, after });
      seen.push(...page.items.map((item) => item.id));
      after = page.next;
    } while (after !== undefined);
    expect(seen).toHaveLength(25);
    expect(new Set(seen).size).toBe(25);
    const active = await store.sessions.list({
      ...query,
      phases: ['plugged', 'active', 'finished'],
      limit: 50,
    });
    expect(active.items).toHaveLength(20);
    const none = await store.sessions.list({ tenantId: 'other', siteId: site.id, limit: 10 });
    expect(none).toStrictEqual({ items: [] });
    const found = await store.sessions.find(sessionId(`${site.id}-p01`));
    expect(found).toStrictEqual({ ...sessions[1], siteId: site.id });
    await expect(store.sessions.list({ ...query, after: 'bm9uc2Vuc2U' })).rejects.toMatchObject({
      code: 'cursor-invalid',
    });
  });

  test('page through the decisions of an EVSE, newest first', async () => {
    const site = await newSite();
    const epoch = await store.engine.claimEpoch(site.id);
    const decisions = Array.from({ length: 7 }, (_, index) => ({
      evseId: evseId(`${site.id}:1`),
      atMs: NOW_MS + (index >> 1),
      limitA: index,
      goalA: 32,
      boundBy: { kind: 'vehicle', currentMaxA: amps(index) } as const,
      ...(index === 3 ? { sessionId: sessionId('s') } : {}),
    }));
    await store.engine.commit(cycleOf(site, { epoch, decisions }));
    const { tenantId } = site;
    const query = { tenantId, evseId: evseId(`${site.id}:1`), limit: 4 };
    const first = await store.decisions.list(query);
    const second = await store.decisions.list({ ...query, after: first.next ?? '' });
    expect([...first.items, ...second.items]).toStrictEqual(decisions.reverse());
    expect(second.next).toBeUndefined();
  });
});

describe('secrets', () => {
  test('station credentials are created, replaced and unknown', async () => {
    const site = await newSite();
    const station = stationId(`${site.id}-st`);
    expect(await store.stations.credential(station)).toBeUndefined();
    await store.stations.setCredential(station, site.id, Buffer.alloc(32, 1), 'tester');
    await store.stations.setCredential(station, site.id, Buffer.alloc(32, 2), 'tester');
    expect(await store.stations.credential(station)).toStrictEqual({
      siteId: site.id,
      secretMac: Buffer.alloc(32, 2),
      schemaMode: 'lenient',
    });
  });

  test('how a station is spoken with outlives its secret', async () => {
    const site = await newSite();
    const station = stationId(`${site.id}-st`);
    const spoken = async () => (await store.stations.protocols(site.id)).get(station);
    const lenient = { schemaMode: 'lenient' } as const;
    const set = (
      before: StationProtocol,
      change: Parameters<typeof store.stations.setProtocol>[2],
    ) => store.stations.setProtocol(station, before, change, 'tester');
    expect(await set(lenient, { schemaMode: 'strict' })).toBe(false);
    expect(await spoken()).toBeUndefined();
    await store.stations.setCredential(station, site.id, Buffer.alloc(32, 1), 'tester');
    const pinned = { schemaMode: 'strict', pinnedVersion: 'ocpp1.6' } as const;
    expect(await set(lenient, pinned)).toBe(true);
    expect(await set(lenient, { schemaMode: 'lenient' })).toBe(false);
    await store.stations.setCredential(station, site.id, Buffer.alloc(32, 2), 'tester');
    expect(await spoken()).toStrictEqual(pinned);
    expect(await store.stations.credential(station)).toMatchObject(pinned);
    expect(await set(pinned, { pinnedVersion: null })).toBe(true);
    expect(await spoken()).toStrictEqual({ schemaMode: 'strict' });
  });

  test('API keys are found by the hash alone', async () => {
    const { id, key, hash } = newApiKey();
    const entry = { id, tenantId: 'fresh-tenant', scopes: ['read', 'write'], name: 'ops' };
    await store.keys.create({ ...entry, hash }, 'tester');
    expect(await store.keys.findByHash(hashKey(key))).toStrictEqual(entry);
    expect(await store.keys.findByHash(hashKey(`${key}x`))).toBeUndefined();
    const text = JSON.stringify(await rows('select * from api_keys where id = $1', [id]));
    expect(text).not.toContain(key);
  });

  test('secrets of issuers come back, and the table does not show them', async () => {
    const site = await newSite();
    const secret = Buffer.from('a webhook secret of 32 bytes.....');
    const issuer = { id: `${site.id}-iss`, siteId: site.id, tenantId: TENANT, name: 'DSO' };
    await store.issuers.create({ ...issuer, secret }, 'tester');
    expect(await store.issuers.list(site.id)).toStrictEqual([
      { id: issuer.id, name: 'DSO', secret },
    ]);
    const [row] = await rows<{ secret_sealed: Buffer }>(
      'select secret_sealed from signal_issuers where id = $1',
      [issuer.id],
    );
    expect(row?.secret_sealed.includes(secret)).toBe(false);
  });

  test('a webhook id is new exactly once, also when two arrive together', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => store.issuers.rememberWebhook('iss', 'hook-1', NOW_MS)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await store.issuers.rememberWebhook('iss', 'hook-2', NOW_MS)).toBe(true);
    expect(await store.issuers.rememberWebhook('other', 'hook-1', NOW_MS)).toBe(true);
  });

  test('a server key is made once, whoever asks first', async () => {
    const other = await openTestStore(database.url);
    try {
      const [a, b] = await Promise.all([store.serverKey('mac'), other.serverKey('mac')]);
      expect(a).toStrictEqual(b);
      expect(a).toHaveLength(32);
      expect(await store.serverKey('another')).not.toStrictEqual(a);
    } finally {
      await other.close();
    }
  });
});

describe('housekeeping', () => {
  test('migrations run once, and a second start changes nothing', async () => {
    const before = await rows('select name, applied_at from schema_migrations', []);
    const again = await openTestStore(database.url);
    await again.close();
    expect(await rows('select name, applied_at from schema_migrations', [])).toStrictEqual(before);
  });

  test('prune forgets folded-in events and old history, and nothing else', async () => {
    const site = await newSite();
    const epoch = await store.engine.claimEpoch(site.id);
    const old: SiteEvent = {
      ...statusEvent('a', 1),
      receivedAtMs: NOW_MS - 20 * DAY_MS,
    } as SiteEvent;
    await store.inbox.append(site.id, [old, old, statusEvent('a', 1)]);
    const decision = {
      evseId: evseId(`${site.id}:1`),
      limitA: 1,
      goalA: 1,
      boundBy: { kind: 'no-session' } as const,
    };
    await store.engine.commit(
      cycleOf(site, {
        epoch,
        inboxSeq: 1,
        nextSeq: 3,
        planned: [pendingOf(1), pendingOf(2)],
        answered: [{ seq: 1, outcome: { status: 'closed' }, atMs: NOW_MS - 20 * DAY_MS }],
        decisions: [NOW_MS, NOW_MS - 70 * DAY_MS, NOW_MS - 400 * DAY_MS].map((atMs) => ({
          ...decision,
          atMs,
        })),
      }),
    );
    await store.prune(NOW_MS);
    const left = await store.inbox.read(site.id, 0, 10);
    expect(left.map((item) => item.seq)).toStrictEqual([2, 3]);
    const kept = await store.decisions.list({
      tenantId: site.tenantId,
      evseId: decision.evseId,
      limit: 10,
    });
    expect(kept.items.map((item) => item.atMs)).toStrictEqual([NOW_MS]);
    const commands = await rows('select seq from outbox where site_id = $1', [site.id]);
    expect(commands).toStrictEqual([{ seq: 2 }]);
    expect((await store.engine.load(site.id))?.inboxSeq).toBe(1);
  });

  test('a statement that found no connection is known to have done nothing', async () => {
    const url = 'postgres://nobody@127.0.0.1:1/none';
    const pool = createPool({ url, connectionsMax: 1, log: rememberingLog() });
    try {
      await expect(sql`select 1`.execute(createKysely(pool))).rejects.toMatchObject({
        code: 'database-unavailable',
        didNothing: true,
      });
    } finally {
      await pool.end();
    }
  });

  test('a statement that takes too long is ended, retriable, and the connection serves the next', async () => {
    const pool = createPool({ url: database.url, connectionsMax: 1, log: rememberingLog() });
    const db = createKysely(pool);
    try {
      const slow = db.transaction().execute(async (tx) => {
        await sql`set local statement_timeout = 50`.execute(tx);
        await sql`select pg_sleep(8)`.execute(tx);
      });
      await expect(slow).rejects.toMatchObject({ code: 'database-unavailable', retriable: true });
      await expect(slow).rejects.toMatchObject({ didNothing: false });
      expect((await sql<{ one: number }>`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }]);
    } finally {
      await pool.end();
    }
  });
});

function richCycle(
  site: Site,
  epoch: number,
): {
  readonly write: ReturnType<typeof cycleOf>;
  readonly expected: Omit<SiteState, 'site' | 'epoch'>;
} {
  const stations = [
    stationOf(`${site.id}-a`),
    stationOf(`${site.id}-b`, {
      generation: 3,
      version: 'ocpp2.0.1',
      vendor: 'Vendor',
      connectedAtMs: NOW_MS,
      trouble: 'NotSupported',
      stage: 'offline',
    }),
  ];
  const evses = [
    evseOf(`${site.id}:e1`),
    evseOf(`${site.id}:e2`, {
      status: 'charging',
      sessionId: sessionId(`${site.id}-s1`),
      transactionId: '4711',
      overdraw: {
        atMs: NOW_MS,
        isMeasured: true,
        sinceMs: 0,
        tookMs: 10_000,
        excessAs: 12.5,
        largestAs: 12.5,
        highA: 17,
        provenA: 0,
      },
      register: {
        stampedAtMs: 0,
        seenAtMs: NOW_MS,
        notBeforeMs: -10_000,
        energyWh: 1200,
        stepWh: 100,
        allowedA: 16.3,
        excessWh: 0,
        largestWh: 0,
        gainedWh: 0,
        tookMs: 0,
      },
      decision: {
        evseId: evseId(`${site.id}:e2`),
        atMs: NOW_MS,
        limitA: 16.3,
        goalA: 32,
        boundBy: {
          kind: 'circuit',
          circuitId: circuitId('root'),
          conductor: 'L1',
          shareCount: 3,
          source: { kind: 'rating' },
        },
      },
    }),
  ];
  const sessions = [fullSession(`${site.id}-s1`), sessionOf(`${site.id}-s2`, { phase: 'plugged' })];
  const signals = [signalOf(site.id, 'sig-1')];
  const buildingLoad = [
    {
      circuitId: circuitId('root'),
      readings: [{ atMs: NOW_MS, currentA: [1.5, 0, 3] as const }],
    },
  ];
  const planned = [
    pendingOf(10, { epoch }),
    pendingOf(11, {
      epoch,
      evseId: evseId(`${site.id}:e1`),
      command: { kind: 'clear-charging-profile', criteria: { purpose: 'tx-default' } },
      purpose: 'contact',
      priority: 'normal',
    }),
  ];
  const control = {
    notGuaranteed: [],
    goalsAtMs: NOW_MS,
    goals: [
      { evseId: evseId(`${site.id}:e1`), limitA: 0, boundBy: { kind: 'satisfied' } as const },
    ],
  };
  const write = cycleOf(site, {
    epoch,
    nextSeq: 12,
    inboxSeq: 5,
    stations,
    evses,
    sessions,
    signals,
    buildingLoad,
    planned,
    control,
  });
  const expected = {
    nextSeq: 12,
    inboxSeq: 5,
    stations: new Map(stations.map((item) => [item.id, item])),
    evses: new Map(evses.map((item) => [item.id, item])),
    sessions: new Map(sessions.map((item) => [item.id, item])),
    signals: new Map(signals.map((item) => [item.id, item])),
    buildingLoad: new Map(buildingLoad.map((item) => [item.circuitId, item])),
    pending: new Map(planned.map((item) => [item.seq, item])),
    control,
  };
  return { write, expected };
}

function fiveOfEach(
  site: Site,
  { epoch, cycle }: { readonly epoch: number; readonly cycle: number },
): ReturnType<typeof cycleOf> {
  const five = [1, 2, 3, 4, 5];
  return cycleOf(site, {
    epoch,
    nextSeq: cycle * 5 + 6,
    evses: five.map((n) => evseOf(`${site.id}:${n}`)),
    sessions: five.map((n) => fullSession(`${site.id}-${n}`)),
    planned: five.map((n) => pendingOf(cycle * 5 + n, { epoch })),
    decisions: five.map((n) => ({
      evseId: evseId(`${site.id}:${n}`),
      atMs: NOW_MS,
      limitA: 16,
      goalA: 32,
      boundBy: { kind: 'no-session' },
    })),
  });
}

/** Drops the prototype that fast-check gives its records. */
function plain<T extends object>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function withoutNul<T>(value: T): T {
  return JSON.parse(JSON.stringify(value).replaceAll(String.raw`\u0000`, '\uFFFD')) as T;
}

describe('records of stations', () => {
  test('come back newest first, page by page, and only to their tenant', async () => {
    const site = await newSite();
    await store.stations.setCredential(
      stationId('st-records'),
      site.id,
      Buffer.alloc(32),
      'tester',
    );
    const records = [1, 2, 3].map((n) => ({
      stationId: stationId('st-records'),
      evseNumber: n,
      kind: 'security-event' as const,
      severity: 'warning' as const,
      atMs: NOW_MS,
      receivedAtMs: NOW_MS + n,
      summary: `event ${n}`,
      data: { type: 'SettingSystemTime', n },
    }));
    await store.records.append(records);
    const query = { tenantId: site.tenantId, stationId: stationId('st-records'), limit: 2 };
    const first = await store.records.list(query);
    const second = await store.records.list({ ...query, after: first.next ?? '' });
    expect([...first.items, ...second.items]).toStrictEqual(records.toReversed());
    expect((await store.records.list({ ...query, tenantId: 'other' })).items).toStrictEqual([]);
    expect((await store.records.list({ ...query, kinds: ['der'] })).items).toStrictEqual([]);
  });

  test('of a station that is not provisioned are skipped', async () => {
    const record = {
      stationId: stationId('st-nobody'),
      kind: 'other' as const,
      severity: 'info' as const,
      atMs: NOW_MS,
      receivedAtMs: NOW_MS,
      summary: '',
      data: {},
    };
    await store.records.append([record]);
  });
});
