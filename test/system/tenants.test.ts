/** Two tenants in one installation: engine, PostgreSQL, gateway and API on real sockets. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomFor } from '../../simulator/random.js';
import { evseId, siteId, stationId } from '../../solver/index.js';
import { newApiKey } from '../../src/platform/credentials.js';
import { type ApiDocument, apiDocument } from '../api-fuzz/document.js';
import { valueFor } from '../api-fuzz/values.js';
import { smallSite } from '../control/small-site.js';
import { connectUpkeepStation } from '../support/upkeep-station.js';
import { type Answer, type RunningService, runService } from '../support/running-service.js';

const WITHIN = { timeout: 20_000 };

let service: RunningService;
/** Of the tenant `main`, and of the other one. */
let ours: RunningService['call'];
let theirs: RunningService['call'];

beforeAll(async () => {
  service = await runService(smallSite({ stations: 2 }));
  ours = service.call;
  const { key, id, hash } = newApiKey();
  await service.store.keys.create(
    { id, tenantId: 'other', hash, scopes: ['admin'], name: 'other' },
    'test',
  );
  theirs = (method, path, body, headers = {}) =>
    service.call(method, path, body, { authorization: `Bearer ${key}`, ...headers });
});
afterAll(() => service.close());

const evse = (id: string) => ({
  stationId: id,
  evseNumber: 1,
  circuitId: 'grid',
  currentMaxA: 16,
});

function siteBody(id: string, stations: readonly string[]): object {
  const { tenantId: _, version: _v, ...site } = smallSite({ stations: 1 });
  return {
    ...site,
    id,
    stations: stations.map((it) => ({ id: it })),
    evses: stations.map(evse),
  };
}

const statuses = (answers: readonly Answer[]): number[] =>
  answers.map((it) => it.status).sort((a, b) => a - b);

test('of several who bring the same station or site at once, only one gets it', async () => {
  const creates = ['race-a', 'race-b', 'race-c', 'race-a'].map((id, n) =>
    (n % 2 === 0 ? ours : theirs)('POST', '/v1/sites', siteBody(id, ['RACE'])),
  );
  expect(statuses(await Promise.all(creates))).toEqual([201, 409, 409, 409]);

  expect((await theirs('POST', '/v1/sites', siteBody('their-site', []))).status).toBe(201);
  const body = { id: 'BOTH', evses: [evse('BOTH')] };
  const adds = await Promise.all([
    ours('POST', '/v1/sites/site/stations', body),
    theirs('POST', '/v1/sites/their-site/stations', body),
  ]);
  expect(statuses(adds)).toEqual([201, 409]);
  const lists = await Promise.all([ours, theirs].map((it) => it('GET', '/v1/charging-stations')));
  const owners = lists.filter(({ body: { items } }) =>
    items.some((it: { id: string }) => it.id === 'BOTH'),
  );
  expect(owners).toHaveLength(1);
});

test('a station that comes to another tenant brings nothing along', async () => {
  const path = '/v1/charging-stations/S2';
  const station = await connectUpkeepStation(service, { id: 'S2', version: 'ocpp1.6' });
  const entries = [{ idToken: 'OURTOKEN' }];
  await ours('PUT', `${path}/local-list`, { source: 'explicit', entries });
  expect((await ours('PUT', `${path}/message-log`, { keepFraction: 0.5 })).status).toBe(200);
  await expect
    .poll(async () => (await ours('GET', '/v1/evses/S2%3A1/decisions')).body.items.length, WITHIN)
    .toBeGreaterThan(0);
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  await ours('POST', '/v1/reservations', {
    stationId: 'S2',
    evseNumber: 1,
    idToken: 'A',
    expiresAt,
  });
  await service.store.deviceVariables.keep(stationId('S2'), [
    { component: '', variable: 'OurVariable', attribute: 'Actual', value: 'ours' },
  ]);
  await station.close();
  const gone = async (): Promise<number> => {
    const etag = (await ours('GET', path)).headers.get('etag') ?? '';
    return (await ours('DELETE', `${path}?deEnergised=true`, undefined, { 'if-match': etag }))
      .status;
  };
  await expect.poll(gone, WITHIN).toBe(204);
  const held = (await ours('GET', '/v1/reservations')).body.items;
  expect(held.every((it: { endedAt?: string }) => it.endedAt !== undefined)).toBe(true);

  expect((await theirs('POST', '/v1/sites', siteBody('next-door', ['S2']))).status).toBe(201);
  const of = async (part: string) => (await theirs('GET', `${path}/${part}`)).body;
  expect(await of('local-list')).toMatchObject({ source: 'unmanaged', version: 0 });
  expect(await of('message-log')).toEqual({ keepFraction: 1 });
  for (const part of ['connections', 'messages', 'commands', 'variables']) {
    expect((await of(part)).items, part).toEqual([]);
  }
  expect(await of('overview')).toMatchObject({
    connections: { isConnected: false, opened: 0 },
    sessions: { attempted: 0 },
    faults: [],
  });
  const { body: decisions } = await theirs('GET', '/v1/evses/S2%3A1/decisions');
  const first = (decisions.items as { at: string }[]).at(-1);
  const kept = await service.store.decisions.list({
    tenantId: 'main',
    evseId: evseId('S2:1'),
    limit: 500,
  });
  expect(kept.items.length).toBeGreaterThan(0);
  const newest = Math.max(...kept.items.map((it) => it.atMs));
  if (first !== undefined) expect(Date.parse(first.at)).toBeGreaterThan(newest);
  await theirs('PUT', `${path}/local-list`, { source: 'tokens' });
  const list = await service.store.upkeep.localLists.find(stationId('S2'));
  expect(list).toMatchObject({ tenantId: 'other', siteId: siteId('next-door') });
});

/** Everything of ours that has an id of its own, by the name of its path parameter or field. */
async function ourThings(): Promise<Readonly<Record<string, string>>> {
  const made = async (path: string, body: object): Promise<Answer['body']> => {
    const answer = await ours('POST', path, body);
    expect(answer.status, `${path} ${JSON.stringify(answer.body)}`).toBeLessThan(300);
    return answer.body;
  };
  const scope = { tenantId: 'main', siteId: siteId('site') };
  const fault = {
    stationId: stationId('S1'),
    key: 'zq-key',
    kind: 'security-event',
    cause: 'zq-cause',
    severity: 'error',
    summary: 'zq-summary',
    evidence: { figures: { said: 'zq-evidence' } },
  } as const;
  await service.store.operations.faults.occur(scope, [fault], Date.now());
  const [found] = (await ours('GET', '/v1/faults')).body.items;
  const mail = { kind: 'mail', name: 'zq-channel', target: 'zq@example.com' };
  const { channel } = await made('/v1/alert-channels', mail);
  const rule = { name: 'zq-rule', severityMin: 'info', channelIds: [channel.id] };
  const at = (offsetMs: number): string => new Date(Date.now() + offsetMs).toISOString();
  const when = { enabled: true, timeZone: 'UTC', digest: 'none', tellsSolved: false };
  const span = { kind: 'utility', startsAt: at(0), endsAt: at(60_000), note: 'zq-note' };
  const user = { email: 'zq-own@example.com', name: 'zq-name', role: 'viewer' };
  const station = await connectUpkeepStation(service, { id: 'S1', version: 'ocpp2.0.1' });
  const command = { action: 'ClearCache', payload: {} };
  station.answer('ClearCache', () => ({ status: 'Accepted' }));
  station.answer('ReserveNow', () => ({ status: 'Accepted' }));
  station.answer('GetLog', () => ({ status: 'Accepted', filename: 'zq-file' }));
  await station.call('TransactionEvent', {
    eventType: 'Started',
    timestamp: at(0),
    triggerReason: 'Authorized',
    seqNo: 0,
    transactionInfo: { transactionId: 'zq-transaction' },
    idToken: { idToken: 'zq-token', type: 'ISO14443' },
    evse: { id: 1, connectorId: 1 },
  });
  await expect
    .poll(async () => (await ours('GET', '/v1/sessions')).body.items.length, WITHIN)
    .toBe(1);
  const reservation = { stationId: 'S1', evseNumber: 1, idToken: 'zq-res', expiresAt: at(60_000) };
  const logs = await made('/v1/log-requests', { stationId: 'S1', logType: 'diagnostics' });
  const reserved = await made('/v1/reservations', reservation);
  expect(reserved.id).toBeLessThan(logs.id + 10);
  await ours('PUT', '/v1/tokens/zq-token', { status: 'Accepted', label: 'zq-label' });
  await ours('PUT', '/v1/firmware-images/zq-image', { zq: true });
  return {
    siteId: 'site',
    stationId: 'S1',
    evseId: 'S1:1',
    partId: 'grid',
    circuitId: 'grid',
    sessionId: (await ours('GET', '/v1/sessions')).body.items[0].id,
    faultId: found.id,
    channelId: channel.id,
    channelIds: channel.id,
    ruleId: (await made('/v1/alert-rules', { ...rule, ...when })).id,
    exclusionId: (await made('/v1/uptime-exclusions', { siteId: 'site', ...span })).id,
    userId: (await made('/v1/users', user)).user.id,
    keyId: (await ours('GET', '/v1/me')).body.actor.slice('key:'.length),
    deliveryId: (await made(`/v1/alert-channels/${channel.id}/test`, {})).deliveryId,
    commandId: (await made('/v1/charging-stations/S1/commands', command)).commandId,
    id: String(reserved.id),
    idToken: 'zq-token',
    name: 'zq-image',
    timeZone: 'UTC',
  };
}

/** Names that each tenant chooses for itself: the other makes its own beside ours. */
const OWN_NAMES = /^\/v1\/(?:tokens|firmware-images)/;

/** What people have made or said; what stations do meanwhile is not part of it. */
const KEPT =
  /^\/v1\/(?:sites|sites\/\{siteId\}(?:\/(?:circuits|evses|settings))?|users|alert-\w+|faults|tokens|audit|reservations|uptime-exclusions|firmware-\w+|log-requests)$|local-list$|message-log$|commands$/;

async function snapshot(document: ApiDocument, names: Readonly<Record<string, string>>) {
  const reads = document.operations.filter((it) => it.method === 'GET' && KEPT.test(it.template));
  const all: Record<string, unknown> = {};
  for (const { template } of reads) {
    all[template] = (await ours('GET', pathOf(template, names))).body;
  }
  expect(Object.keys(all).length).toBeGreaterThan(17);
  return all;
}

function pathOf(template: string, names: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(names[name] ?? `none-${name}`),
  );
}

test('no operation of the document gives another tenant anything of ours, or changes it', async () => {
  const names = await ourThings();
  const document = apiDocument((await ours('GET', '/openapi.json')).body);
  const before = await snapshot(document, names);
  const ids = new Set(Object.values(names).filter((it) => it.length > 8));
  // Random keys may have the two letters of ours within.
  const foreign = (text: string, sent: string): string[] =>
    [
      ...(text.match(/(?<![\w-])zq[\w@.-]*/g) ?? []),
      ...[...ids].filter((id) => text.includes(id)),
    ].filter((it) => !sent.includes(it));
  const source = {
    random: randomFor(11, 'tenants'),
    components: document.components,
    // What they call their own things shows up in their own lists.
    known: (name: string) => (/^(?:name|idToken)$/.test(name) ? undefined : names[name]),
  };
  const statusesSeen: Record<string, number> = {};
  for (const { method, template, body: schema } of document.operations) {
    if (!template.startsWith('/v1/') || template.endsWith('/stream')) continue;
    for (let round = 0; round < (schema === undefined ? 1 : 4); round += 1) {
      const at = { name: 'body', depth: 0, wrongFraction: 0 };
      const body = schema === undefined ? undefined : valueFor(source, schema, at);
      const path = pathOf(template, names);
      const headers = { 'if-match': '*', 'idempotency-key': randomUUID() };
      const answer = await theirs(method, path, body, headers);
      const what = `${method} ${template} ${JSON.stringify(answer.body)}`;
      statusesSeen[answer.status] = (statusesSeen[answer.status] ?? 0) + 1;
      expect(answer.status, what).toBeLessThan(500);
      const sent = `${decodeURIComponent(path)} ${JSON.stringify(body)}`;
      expect(foreign(JSON.stringify(answer.body ?? {}), sent), what).toEqual([]);
      if (!template.includes('{') || OWN_NAMES.test(template)) continue;
      expect(answer.status, what).toBeGreaterThanOrEqual(400);
    }
  }
  expect(statusesSeen[404]).toBeGreaterThan(100);
  expect(await snapshot(document, names)).toEqual(before);
});
