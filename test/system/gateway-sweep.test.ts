/**
 * Every request that a station may send, over a real socket: the smallest, the largest and others in
 * between are answered by a result that follows the schema; with slips, by a valid answer of any kind.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stationId } from '../../solver/index.js';
import type { StationRecord } from '../../src/ocpp/messages.js';
import { openDatabase } from '../../src/store/postgres/open-database.js';
import { createOracle } from '../fuzz/oracle.js';
import { mutated, rawText } from '../fuzz/mutate.js';
import { payloadFor, SECRET_MARK, type Size } from '../fuzz/schema-payload.js';
import { messagesOf, STATION_ACTIONS, VERSIONS } from '../fuzz/shipped-schemas.js';
import { dice } from '../sim/random.js';
import { siteOf } from '../support/store-fixtures.js';
import { openTestStore, rememberingLog } from '../support/test-store.js';
import { connectRaw, type Harness, startHarness, waitFor } from './gateway-harness.js';

const SIZES: readonly Size[] = ['minimal', 'maximal', 'any'];
const MUTATIONS = 6;
const SEED = 20_260_301;

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ callTimeoutMs: 10_000 });
});
afterAll(() => harness.close());

interface Frame {
  readonly id: string;
  readonly action: string;
  readonly text: string;
  readonly isRight: boolean;
}

describe.each(VERSIONS)('stations of %s', (version) => {
  const messages = messagesOf(version);
  const oracle = createOracle(version, messages);
  /** Signing certificates is answered where a certificate authority is kept. */
  const actions = STATION_ACTIONS[version].filter(
    (action) => version !== 'ocpp1.6' || action !== 'SignCertificate',
  );

  const framesOf = (action: string): Frame[] => {
    const schema = messages.requests.get(action);
    if (schema === undefined) throw new Error(`${action} has no schema`);
    const frame = (kind: string, payload: unknown): Frame => {
      const id = `${action}-${kind}`;
      const isRight = !kind.startsWith('slip');
      return { id, action, text: rawText([2, id, action, payload]), isRight };
    };
    const right = SIZES.map((size) =>
      frame(size, payloadFor(dice(SEED, `${action} ${size}`), schema, size)),
    );
    const slips = Array.from({ length: MUTATIONS }, (_, index) => {
      const chance = dice(SEED, `${action} slip ${index}`);
      return frame(`slip-${index}`, mutated(chance, payloadFor(chance, schema, 'any')));
    });
    return [...right, ...slips].filter(({ text }) => Buffer.byteLength(text) < 65_536);
  };

  test(`all ${actions.length} requests are answered as the schema says`, async () => {
    const raw = await connectRaw(harness, 'CP1', version);
    const frames = actions.flatMap(framesOf);
    for (const [sent, { text }] of frames.entries()) {
      raw.socket.send(text);
      await waitFor(() => raw.received.length > sent, `an answer to frame ${sent}`);
    }
    const answers = raw.received.map((text) => JSON.parse(text) as unknown[]);
    expect(answers.map((answer) => answer[1])).toEqual(frames.map(({ id }) => id));
    const flaws = frames.flatMap(({ action, id, isRight }, index) => {
      const [type, , third] = answers[index] ?? [];
      if (isRight && type !== 3) return [`${id} was refused: ${String(third)}`];
      const flaw = type === 3 ? oracle.response(action, third) : oracle.errorCode(third);
      return flaw === undefined ? [] : [`${id}: ${flaw}`];
    });
    expect(flaws).toEqual([]);
    raw.socket.terminate();
  });
});

test('what was kept of all that has a sentence each and no token', () => {
  const { records } = harness.memory;
  expect(records.length).toBeGreaterThan(200);
  for (const record of records) {
    expect(record.summary).toMatch(/^[^\n\r]{5,300}$/);
    expect(JSON.stringify(record)).not.toContain(SECRET_MARK);
  }
  expect(new Set(records.map(({ kind }) => kind)).size).toBeGreaterThan(14);
});

test('PostgreSQL takes all of it, and gives the records back', async () => {
  const { records } = harness.memory;
  const database = await openDatabase({ log: rememberingLog() });
  const store = await openTestStore(database.url);
  const site = siteOf('site');
  await store.sites.create(site, 'tester');
  await store.stations.setCredential(stationId('CP1'), site.id, Buffer.alloc(32), 'tester');
  await store.records.append(records);
  await store.inbox.append(site.id, harness.events);
  const query = { tenantId: site.tenantId, limit: 500 };
  const kept: StationRecord[] = [];
  for (let after: string | undefined; ; ) {
    const page = await store.records.list({ ...query, ...(after === undefined ? {} : { after }) });
    kept.push(...page.items);
    after = page.next;
    if (after === undefined) break;
  }
  expect(kept).toHaveLength(records.length);
  expect(kept.map(({ summary }) => summary).toSorted()).toEqual(
    records.map(({ summary }) => summary).toSorted(),
  );
  await store.close();
  await database.stop();
});
