/**
 * A campaign against the whole service: every operation of its own document, by careful, careless and
 * hostile clients, several at a time. No answer may be a 5xx, and each must be as it is described.
 */
import { Agent, request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomFor } from '../../simulator/random.js';
import { type ApiDocument, apiDocument, type Operation } from './document.js';
import { createLearned } from './learned.js';
import { type FuzzRequest, makeRequest } from './requests.js';
import { type FuzzService, startFuzzService } from './world.js';

export interface FuzzReport {
  readonly requests: number;
  readonly operations: number;
  /** Operations that answered 2xx at least once. */
  readonly succeeded: number;
  /** Operations that never did: asked, but for something that is not there. */
  readonly neverSucceeded: readonly string[];
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
  const fuzzed = await startFuzzService();
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  try {
    return await campaign(fuzzed, agent, options);
  } finally {
    agent.destroy();
    await fuzzed.close();
  }
}

async function campaign(
  { service, lasting, credentials, repair }: FuzzService,
  agent: Agent,
  { seed, goesOn }: Parameters<typeof fuzzApi>[0],
): Promise<FuzzReport> {
  const document = apiDocument((await service.call('GET', '/openapi.json')).body);
  const learned = createLearned(lasting);
  const statuses: Record<string, number> = {};
  const succeeded = new Set<string>();
  const failures: string[] = [];
  /** One of a kind is enough to read. */
  const known = new Set<string>();
  let requests = 0;

  async function client(n: number): Promise<void> {
    const random = randomFor(seed, `api/${n}`);
    while (failures.length < FAILURES_MAX && goesOn(requests)) {
      requests += 1;
      const ask = makeRequest({ document, random, learned, credentials: credentials() });
      const answer = await send(service.apiUrl, agent, ask);
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      if (answer.status >= 200 && answer.status < 300 && ask.isOwn) {
        succeeded.add(nameOf(ask.operation));
        learned.note(ask.operation, ask.path, jsonOf(answer));
      }
      if (answer.status === 401) await repair();
      const complaint = complaintOf(document, ask, answer);
      const kind = `${nameOf(ask.operation)} ${complaint}`;
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
  const neverSucceeded = document.operations.map(nameOf).filter((it) => !succeeded.has(it));
  return { requests, operations, succeeded: succeeded.size, neverSucceeded, statuses, failures };
}

function nameOf({ method, template }: Operation): string {
  return `${method} ${template}`;
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
  const body = jsonOf(answer);
  if (body === BROKEN) return 'the answer says that it is JSON and is not';
  const isProblem = answer.status >= 400;
  const hasId = typeof body === 'object' && body !== null && 'requestId' in body;
  if (isProblem && ask.method !== 'HEAD' && !hasId) return 'a problem without a request id';
  if (!ask.isOwn) return undefined;
  const type = answer.text === '' ? '' : (answer.type.split(';', 1)[0] ?? '');
  return document.complaint(ask.operation, { status: answer.status, type, body });
}

const BROKEN = Symbol('not JSON');

function jsonOf({ type, text }: Sent): unknown {
  if (!/json(?:;|$)/.test(type) || text === '' || type.includes('ndjson')) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return BROKEN;
  }
}

function describe(ask: FuzzRequest, complaint: string, text: string): string {
  const body = ask.body === undefined ? '' : ask.body.toString('utf8').slice(0, 600);
  return `${ask.method} ${ask.path.slice(0, 300)}: ${complaint}\n  ${body}\n  -> ${text.slice(0, 400)}`;
}
