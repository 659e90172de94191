/** The service that a campaign asks, with a person signed in and stations that answer everything. */
import type { RPCClient } from 'ocpp-rpc';
import { siteId, stationId } from '../../solver/index.js';
import { smallSite } from '../control/small-site.js';
import { payloadsOf } from '../support/generate-payload.js';
import { type RunningService, runService } from '../support/running-service.js';
import type { Credentials } from './requests.js';

export interface FuzzService {
  readonly service: RunningService;
  credentials(): Credentials;
  /** What everything else hangs on: no request removes it. */
  readonly lasting: ReadonlySet<string>;
  /** Makes again what a request has revoked, ended or deleted; others go on meanwhile. */
  repair(): Promise<void>;
  close(): Promise<void>;
}

const EMAIL = 'fuzz@example.com';
const PASSWORD = 'a passphrase of length';

export async function startFuzzService(): Promise<FuzzService> {
  const service = await runService(
    smallSite({ stations: 3 }),
    { callTimeoutMs: 1000 },
    { rateLimitPerMinute: 10_000_000, trustProxy: true },
  );
  const [first, second] = await Promise.all([
    connect(service, 'S1', 'ocpp1.6'),
    connect(service, 'S2', 'ocpp2.0.1'),
    service.store.pending.note([attempt('P1'), attempt('P2')]),
  ]);
  await furnish(service);
  let key = service.apiKey;
  let person = await signUp(service, key);

  return {
    service,
    credentials: () => ({
      key,
      person,
      fields: { email: EMAIL, password: PASSWORD, current: PASSWORD, next: PASSWORD },
    }),
    lasting: new Set(['site', 'S1', 'S2', 'S1:1', 'S2:1', 'grid', key.split('_')[1] ?? '']),
    async repair() {
      const as = (headers: object) => service.call('GET', '/v1/me', undefined, headers);
      if ((await as({ authorization: `Bearer ${key}` })).status === 401)
        key = await service.newKey();
      if ((await as(person)).status !== 401) return;
      const again = await enter(service, '/v1/login', { email: EMAIL, password: PASSWORD });
      person = again ?? (await signUp(service, key));
    },
    async close() {
      const end = { code: 1000, reason: 'done' } as never;
      await Promise.all([first.close(end), second.close(end)]);
      await service.close();
    },
  };
}

const attempt = (identity: string) => ({
  identity,
  remoteAddress: '192.0.2.1',
  subprotocols: 'ocpp1.6',
  userAgent: 'fuzz',
  count: 1,
  atMs: Date.now(),
});

async function connect(
  service: RunningService,
  id: string,
  version: 'ocpp1.6' | 'ocpp2.0.1',
): Promise<RPCClient> {
  const payload = payloadsOf(version);
  const client = await service.connect({
    id,
    version,
    reply: (action) => payload(action, 'conf', 'minimal'),
  });
  await client.call('BootNotification', payload('BootNotification', 'req', 'maximal'));
  if (version !== 'ocpp1.6') return client;
  const start = { connectorId: 1, idTag: 'T1', meterStart: 0, timestamp: new Date().toISOString() };
  await client.call('StartTransaction', start);
  return client;
}

/** What a random body rarely makes: a channel that fits its kind, a rule, a fault, a second site. */
async function furnish(service: RunningService): Promise<void> {
  const mail = { kind: 'mail', name: 'Mail', target: 'someone@example.com' };
  const { channel } = (await service.call('POST', '/v1/alert-channels', mail)).body;
  const rule = { name: 'All', severityMin: 'info', channelIds: [channel.id], enabled: true };
  const when = { timeZone: 'UTC', digest: 'none', tellsSolved: false };
  await service.call('POST', '/v1/alert-rules', { ...rule, ...when });
  const condition = {
    stationId: stationId('S1'),
    key: 'fuzz',
    kind: 'security-event',
    cause: 'fuzz',
    severity: 'error',
    summary: 'A fault',
    evidence: { figures: { reports: 2 } },
  } as const;
  const scope = { tenantId: 'main', siteId: siteId('site') };
  await service.store.operations.faults.occur(scope, [condition], Date.now());
  const { tenantId: _, version: _v, ...site } = smallSite({ stations: 1 });
  await service.call('POST', '/v1/sites', {
    ...site,
    id: 'second',
    stations: [{ id: 'F1' }],
    evses: [{ stationId: 'F1', evseNumber: 1, circuitId: 'grid', currentMaxA: 32 }],
  });
}

/** An owner whom nobody can remove: there is no other. */
async function signUp(service: RunningService, key: string): Promise<Credentials['person']> {
  const call: RunningService['call'] = (method, path, given) =>
    service.call(method, path, given, { authorization: `Bearer ${key}` });
  const body = { email: EMAIL, name: 'Fuzz', role: 'owner' };
  // Another client may revoke the key at this moment: the next repair makes another.
  const { items = [] } = (await call('GET', '/v1/users?limit=500')).body;
  const known = items.find((it: { email: string }) => it.email === EMAIL);
  const link =
    known === undefined
      ? (await call('POST', '/v1/users', body)).body.invitation?.link
      : (await call('POST', `/v1/users/${known.id}/invitation`)).body.link;
  const code = String(link).split('=')[1];
  return (await enter(service, '/v1/invitations/accept', { code, password: PASSWORD })) ?? {};
}

async function enter(
  service: RunningService,
  path: string,
  body: object,
): Promise<Credentials['person'] | undefined> {
  const own = { origin: service.apiUrl, 'x-busbar-csrf': '1' };
  // Guesses of the campaign come from other addresses: they must not shut this one out.
  const from = { 'x-forwarded-for': '198.51.100.1' };
  const answer = await fetch(`${service.apiUrl}${path}`, {
    method: 'POST',
    headers: { ...own, ...from, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  await answer.arrayBuffer();
  const [cookie] = answer.headers.getSetCookie();
  return cookie === undefined ? undefined : { ...own, cookie: cookie.split(';', 1)[0] ?? '' };
}
