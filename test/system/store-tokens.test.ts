import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evseId, sessionId, siteId, stationId } from '../../solver/index.js';
import type { SiteEvent } from '../../src/control/state.js';
import type { Token } from '../../src/sessions/token.js';
import { migrate } from '../../src/store/migrate.js';
import { MIGRATIONS } from '../../src/store/migrations/index.js';
import { createPool } from '../../src/store/pool.js';
import { type Database, openDatabase } from '../../src/store/postgres/open-database.js';
import type { Store } from '../../src/store/ports.js';
import { token } from '../quirks/box.js';
import {
  cycleOf,
  fullSession,
  NOW_MS,
  sessionOf,
  siteOf,
  TENANT,
} from '../support/store-fixtures.js';
import { openTestStore, rememberingLog } from '../support/test-store.js';

let database: Database;
let store: Store;

/** The database has rows of before the migration when it is opened. */
beforeAll(async () => {
  database = await openDatabase({ log: rememberingLog() });
  await oldRows();
  store = await openTestStore(database.url);
});

afterAll(async () => {
  await store.close();
  await database.stop();
});

async function sql<Row>(text: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
  const pool = createPool({ url: database.url, connectionsMax: 1, log: rememberingLog() });
  try {
    return (await pool.query(text, [...values])).rows as Row[];
  } finally {
    await pool.end();
  }
}

/** As 0002 left them: two spellings of one token, and a status that is found out since. */
async function oldRows(): Promise<void> {
  await migrate(database.url);
  const later = MIGRATIONS.find((it) => it.name === '0007-tokens');
  if (later === undefined) throw new Error('no such migration');
  await sql('drop index sessions_token');
  await sql('drop table tokens');
  await sql(MIGRATIONS.find((it) => it.name === '0002-tokens')?.statements ?? '');
  await sql("insert into tenants values ('old', 'old', now(), 'test')");
  await sql(`insert into tokens values
    ('old', 'AbC', 'Accepted', '2026-01-01', 'test'),
    ('old', 'aBc', 'Blocked', '2026-01-02', 'test'),
    ('old', 'Twice', 'ConcurrentTx', '2026-01-01', 'test')`);
  await sql(later.statements);
}

const FULL: Token = token('04a2B3', {
  type: 'KeyCode',
  label: '50 % of "Anna"',
  groupId: 'FLEET',
  expiresAtMs: NOW_MS,
  allowOffline: false,
  concurrent: 'allow',
  siteIds: [siteId('one'), siteId('two')],
  language: 'nl',
});

describe('tokens', () => {
  test('of before keep the newer of two spellings, and lose a status that is found out now', async () => {
    expect(await store.tokens.find('old', 'ABC')).toStrictEqual(
      token('aBc', { status: 'Blocked' }),
    );
    expect((await store.tokens.find('old', 'twice'))?.status).toBe('Blocked');
    expect((await store.tokens.list({ tenantId: 'old', limit: 10 })).items).toHaveLength(2);
  });

  test('come back as they were put, in any spelling, for their tenant', async () => {
    await store.tokens.put(TENANT, [FULL, token('PLAIN')], 'tester');
    expect(await store.tokens.find(TENANT, '04A2b3')).toStrictEqual(FULL);
    expect(await store.tokens.find(TENANT, 'plain')).toStrictEqual(token('PLAIN'));
    expect(await store.tokens.find('other', '04a2B3')).toBeUndefined();
    expect(await store.tokens.find(TENANT, 'no\0thing')).toBeUndefined();
    await store.tokens.put(TENANT, [token('04A2B3')], 'tester');
    expect(await store.tokens.find(TENANT, '04a2B3')).toStrictEqual(token('04A2B3'));
    await store.tokens.put(TENANT, [FULL], 'tester');
  });

  test('are removed with their history in the audit', async () => {
    await store.tokens.put(TENANT, [token('GONE', { label: 'left' })], 'anna');
    expect(await store.tokens.remove(TENANT, 'gone', 'ben')).toBe(true);
    expect(await store.tokens.remove(TENANT, 'gone', 'ben')).toBe(false);
    expect(await store.tokens.remove('other', 'PLAIN', 'ben')).toBe(false);
    const rows = await sql(
      "select actor, action, before ->> 'label' as label from audit where target = $1 order by id",
      ['token:GONE'],
    );
    expect(rows).toEqual([
      { actor: 'anna', action: 'token.created', label: null },
      { actor: 'ben', action: 'token.removed', label: 'left' },
    ]);
  });

  test('are listed by status, group and label, in pages that lose none', async () => {
    const tenantId = 'pages';
    const many = Array.from({ length: 25 }, (_, index) => token(`T${index}`, { groupId: 'G' }));
    await store.tokens.put(tenantId, [...many, { ...FULL, status: 'NoCredit' }], 'tester');
    const seen: string[] = [];
    for (let after: string | undefined; ; ) {
      const query = { tenantId, limit: 10 };
      const page = await store.tokens.list(after === undefined ? query : { ...query, after });
      seen.push(...page.items.map((it) => it.idToken));
      if (page.next === undefined) break;
      after = page.next;
    }
    expect(seen).toEqual([FULL.idToken, ...many.map((it) => it.idToken).toReversed()]);
    const count = async (filter: object) =>
      (await store.tokens.list({ tenantId, limit: 100, ...filter })).items.length;
    expect(await count({ groupId: 'G' })).toBe(25);
    expect(await count({ status: 'NoCredit' })).toBe(1);
    expect(await count({ label: '50 % of "a' })).toBe(1);
    expect(await count({ label: '%' })).toBe(1);
    expect(await count({ label: '_' })).toBe(0);
  });
});

describe('sessions', () => {
  test('come back with what was noted of them', async () => {
    const site = siteOf('noted');
    await store.sites.create(site, 'tester');
    const epoch = await store.engine.claimEpoch(site.id);
    const session = { ...fullSession('noted-1'), ...NOTED };
    await store.engine.commit(cycleOf(site, { epoch, sessions: [session] }));
    expect(await store.sessions.find(session.id)).toStrictEqual({ ...session, siteId: site.id });
    const loaded = await store.engine.load(site.id);
    expect(loaded?.sessions.get(session.id)).toStrictEqual(session);
  });

  test('are found by token in any spelling, by time and by phase', async () => {
    const site = siteOf('filters');
    await store.sites.create(site, 'tester');
    const epoch = await store.engine.claimEpoch(site.id);
    const sessions = [0, 1, 2, 3].map((hour) =>
      sessionOf(`filters-${hour}`, {
        pluggedInAtMs: NOW_MS + hour * 3_600_000,
        idToken: hour % 2 === 0 ? 'EvenTag' : 'odd',
        phase: hour === 3 ? 'plugged' : 'active',
      }),
    );
    await store.engine.commit(cycleOf(site, { epoch, sessions }));
    const ids = async (filter: object) => {
      const query = { tenantId: TENANT, siteId: site.id, limit: 10, ...filter };
      return (await store.sessions.list(query)).items.map((it) => it.id);
    };
    expect(await ids({ idToken: 'eventAG' })).toEqual(['filters-2', 'filters-0']);
    const fromMs = NOW_MS + 3_600_000;
    expect(await ids({ fromMs, toMs: fromMs + 7_200_000 })).toEqual(['filters-2', 'filters-1']);
    expect(await ids({ phases: ['plugged'] })).toEqual(['filters-3']);
  });

  test('give what was measured once an instant, in pages, and nothing of others', async () => {
    const site = siteOf('measured');
    await store.sites.create(site, 'tester');
    const at = (sec: number) => NOW_MS + sec * 1000;
    const sampled = (station: string, transactionId: string | undefined, ...secs: number[]) =>
      ({
        type: 'meter.sampled',
        stationId: stationId(station),
        receivedAtMs: at(100),
        evseNumber: 1,
        ...(transactionId === undefined ? {} : { transactionId }),
        samples: secs.map((sec) => ({
          atMs: at(sec),
          energyWh: sec,
          currentA: [1.5, undefined, 2],
        })),
      }) as SiteEvent;
    await store.inbox.append(site.id, [
      sampled('m-1', '7', 0, 10, 20),
      sampled('m-1', '7', 10, 20, 30),
      sampled('m-1', undefined, 15, 500),
      sampled('m-1', '8', 11),
      sampled('m-2', '7', 12),
    ]);
    const session = sessionOf('measured-1', {
      stationId: stationId('m-1'),
      evseId: evseId('m-1:1'),
      transactionId: '7',
      startedAtMs: at(0),
      endedAtMs: at(60),
    });
    const query = { tenantId: TENANT, session, evseNumber: 1, limit: 3 };
    const first = await store.sessions.meterValues(query);
    expect(first.items.map((it) => it.atMs)).toEqual([0, 10, 15].map(at));
    expect(first.items[0]).toStrictEqual({
      atMs: at(0),
      energyWh: 0,
      currentA: [1.5, undefined, 2],
    });
    const after = first.next ?? '';
    const second = await store.sessions.meterValues({ ...query, after });
    expect(second.items.map((it) => it.atMs)).toEqual([20, 30].map(at));
    expect(second.next).toBeUndefined();
    const foreign = await store.sessions.meterValues({ ...query, tenantId: 'other' });
    expect(foreign.items).toEqual([]);
  });
});

const NOTED = {
  id: sessionId('noted-1'),
  authorization: { status: 'Accepted', groupId: 'G', atMs: NOW_MS },
  meter: {
    startWh: 1,
    stopWh: 9,
    older: {
      untilMs: NOW_MS,
      hasFallen: false,
      integratedWh: 3.25,
      lastPower: { atMs: NOW_MS, powerW: 7 },
    },
    tail: [
      { atMs: NOW_MS + 1, registerWh: 5 },
      { atMs: NOW_MS + 2, powerW: 0 },
    ],
  },
  registerUnit: 'kWh',
  endPresumed: 'power-loss',
  endedBy: { idToken: 'MATE', groupId: 'G' },
  marks: ['resumed', 'start-told'],
  sequence: [
    [0, 3],
    [5, 5],
  ],
  stopAsked: { count: 2, atMs: NOW_MS },
} as const;
