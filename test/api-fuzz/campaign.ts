/**
 * A campaign against the whole service: every operation of its own document, by careful, careless and
 * hostile clients, several at a time. No answer may be a 5xx, and each must be as it is described.
 */
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFor } from '../../simulator/random.js';
import { smallSite } from '../control/small-site.js';
import { type RunningService, runService } from '../support/running-service.js';
import { type ApiDocument, apiDocument } from './document.js';
import { type FuzzRequest, makeRequest } from './requests.js';
import type { Source } from './values.js';

export interface FuzzReport {
  readonly requests: number;
  readonly operations: number;
  /** Operations that answered 2xx at least once. */
  readonly succeeded: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly failures: readonly string[];
}

const AT_ONCE = 8;
const FAILURES_MAX = 20;
const ANSWER_WITHIN_MS = 30_000;

export async function fuzzApi(options: {
  readonly seed: number;
  /** Asked before each request. */
  readonly goesOn: (requests: number) => boolean;
}): Promise<FuzzReport> {
  const service = await runService(
    smallSite({ stations: 3 }),
    {},
    { rateLimitPerMinute: 10_000_000 },
  );
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  try {
    return await campaign(service, agent, options);
  } finally {
    agent.destroy();
    await service.close();
  }
}

async function campaign(
  service: RunningService,
  agent: Agent,
  { seed, goesOn }: Parameters<typeof fuzzApi>[0],
): Promise<FuzzReport> {
  const document = apiDocument((await service.call('GET', '/openapi.json')).body);
  const state = await freshState(service);
  const statuses: Record<string, number> = {};
  const succeeded = new Set<string>();
  const failures: string[] = [];
  /** One of a kind is enough to read. */
  const known = new Set<string>();
  let requests = 0;

  async function client(n: number): Promise<void> {
    const random = randomFor(seed, `api/${n}`);
    const source: Source = {
      random,
      components: document.components,
      known: (name) => state.known(name),
    };
    while (failures.length < FAILURES_MAX && goesOn(requests)) {
      requests += 1;
      if (requests % 200 === 0) await state.repair();
      const ask = makeRequest(document, source, state.credential());
      const answer = await send(service.apiUrl, agent, ask);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      if (answer.status === 401) await state.repair();
      if (answer.status < 300) succeeded.add(`${ask.operation.method} ${ask.operation.template}`);
      const complaint = complaintOf(document, ask, answer);
      const kind = `${ask.operation.method} ${ask.operation.template} ${complaint}`;
      if (complaint === undefined || known.has(kind)) continue;
      known.add(kind);
      failures.push(describe(ask, complaint, answer.text));
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, (_, n) => client(n)));
  for (const line of service.log.lines) {
    if (line.level === 'error')
      failures.push(`log: ${line.message} ${JSON.stringify(line.fields)}`);
  }
  const operations = document.operations.length;
  return { requests, operations, succeeded: succeeded.size, statuses, failures };
}

/** What the service knows by name; made again when a request has deleted or revoked it. */
async function freshState(service: RunningService) {
  let siteNumber = 0;
  let key = service.apiKey;
  const names: Record<string, string | undefined> = {};

  const state = {
    credential: () => `Bearer ${key}`,
    known: (name: string): string | undefined => names[name],
    /** Other clients go on meanwhile, and may revoke or delete at any moment: the next one repairs. */
    async repair(): Promise<void> {
      const call: RunningService['call'] = (method, path, body) =>
        service.call(method, path, body, { authorization: `Bearer ${key}` });
      if ((await call('GET', '/v1/me')).status === 401) key = await service.newKey();
      const first = async (path: string) => (await call('GET', path)).body.items?.[0];
      const site = (await first('/v1/sites')) ?? (await call('POST', '/v1/sites', nextSite())).body;
      const person = await first('/v1/users');
      const known = await first('/v1/api-keys');
      Object.assign(names, {
        siteId: site.id,
        stationId: site.stations?.[0]?.id,
        evseId: site.evses?.[0]?.id,
        circuitId: 'grid',
        parentId: 'grid',
        partId: site.circuits?.[0]?.id,
        userId: person?.id,
        keyId: known?.id,
        timeZone: 'Europe/Berlin',
      });
    },
  };
  const nextSite = (): object => {
    siteNumber += 1;
    const { tenantId: _, version: _v, ...site } = smallSite({ stations: 1 });
    const station = `F${siteNumber}`;
    return {
      ...site,
      id: `site-${siteNumber}`,
      stations: [{ id: station }],
      evses: [{ stationId: station, evseNumber: 1, circuitId: 'grid', currentMaxA: 32 }],
    };
  };
  await service.call('POST', '/v1/users', { email: 'f@example.com', name: 'F', role: 'viewer' });
  await state.repair();
  return state;
}

interface Sent {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

async function send(apiUrl: string, agent: Agent, ask: FuzzRequest): Promise<Sent> {
  const { hostname, port } = new URL(apiUrl);
  const { method, path, body } = ask;
  const length = body === undefined ? {} : { 'content-length': body.length };
  const headers = { ...ask.headers, ...length };
  const answer = new Promise<Sent>((resolve) => {
    const request = httpRequest({ hostname, port, agent, method, path, headers }, (response) => {
      const { statusCode: status = 0 } = response;
      const type = String(response.headers['content-type'] ?? '');
      let text = '';
      const done = (): void => resolve({ status, type, text });
      if (type.startsWith('text/event-stream')) {
        request.destroy();
        return done();
      }
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', done);
      response.on('error', done);
    });
    // A body that is too large may be cut off by the server while it is still being written.
    request.on('error', () => resolve({ status: 0, type: '', text: '' }));
    request.end(body);
  });
  const late = sleep(
    ANSWER_WITHIN_MS,
    { status: 599, type: '', text: 'no answer' },
    { ref: false },
  );
  return Promise.race([answer, late]);
}

function complaintOf(document: ApiDocument, ask: FuzzRequest, answer: Sent): string | undefined {
  if (answer.status === 0) return undefined;
  if (answer.status >= 500) return `status ${answer.status}`;
  let body: unknown;
  if (answer.type.includes('json') && answer.text !== '') {
    try {
      body = JSON.parse(answer.text);
    } catch {
      return 'the answer says that it is JSON and is not';
    }
  }
  const isProblem = answer.status >= 400;
  const hasId = typeof body === 'object' && body !== null && 'requestId' in body;
  if (isProblem && ask.method !== 'HEAD' && !hasId) return 'a problem without a request id';
  if (!ask.isOwn) return undefined;
  return document.complaint(ask.operation, answer.status, body);
}

function describe(ask: FuzzRequest, complaint: string, text: string): string {
  const body = ask.body === undefined ? '' : ask.body.toString('utf8').slice(0, 600);
  return `${ask.method} ${ask.path.slice(0, 300)}: ${complaint}\n  ${body}\n  -> ${text.slice(0, 400)}`;
}
