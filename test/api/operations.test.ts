import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pictureAt } from '../browser/moving-site.js';
import { NOW_MS } from './doubles.js';
import { SITE, startApi, type TestApi } from './harness.js';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

function publish(): void {
  const [site] = api.engine.sites();
  if (site !== undefined) api.engine.publish(pictureAt(site, NOW_MS, 20));
}

describe('health', () => {
  test('livez answers without the database, readyz does not', async () => {
    expect((await api.call('GET', '/readyz')).status).toBe(200);
    api.store.down = true;
    const alive = (await api.call('GET', '/livez')).body;
    expect(alive).toEqual({ status: 'ok', eventLoopLagMs: expect.any(Number) as number });
    const answer = await api.call('GET', '/readyz');
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('2');
  });

  test('a process that ends wants no more work, and still answers', async () => {
    expect((await api.call('GET', '/startupz')).status).toBe(200);
    api.runtime.health.drain();
    expect((await api.call('GET', '/readyz')).body).toMatchObject({ detail: 'draining' });
    expect((await api.call('GET', '/livez')).status).toBe(200);
    expect((await api.call('GET', '/startupz')).status).toBe(200);
  });

  test('a database that is away is 503, not 500', async () => {
    api.store.down = true;
    const answer = await api.call('GET', '/v1/sessions', { headers: api.keys.read });
    expect(answer.status).toBe(503);
    expect(answer.text).not.toContain('ECONNREFUSED');
  });
});

describe('metrics', () => {
  test('are in base units, and no station is a label', async () => {
    publish();
    const { text, headers } = await api.call('GET', '/metrics');
    expect(headers['content-type']).toContain('text/plain');
    expect(text).toMatch(/busbar_site_limit_watts\{site="depot"\} 69000\n/);
    expect(text).toMatch(/busbar_site_worst_case_watts\{site="depot"\} \d+/);
    expect(text).toMatch(/busbar_ocpp_connections\{site="depot"\} 9\n/);
    expect(text).toMatch(/busbar_profile_commands_total 12\n/);
    expect(text).toMatch(/busbar_queue_oldest_age_seconds\{queue="site-hints"\} 0\n/);
    expect(text).toMatch(/busbar_queue_jobs\{queue="alerts",state="dead"\} 0\n/);
    expect(text).toMatch(/busbar_queue_up 1\n/);
    expect(text).toMatch(/busbar_gateway_events_total\{event="frames_in"\} 3\n/);
    expect(text).toMatch(/busbar_event_loop_lag_seconds \d/);
    expect(text).not.toMatch(/station(?:_?id)?="/i);
    const again = await api.call('GET', '/metrics');
    expect(again.text).toMatch(/busbar_profile_commands_total 12\n/);
    expect(again.text).toMatch(
      /busbar_http_request_duration_seconds_count\{method="GET",route="\/metrics",status="200"\} 1\n/,
    );
  });

  test('can ask for a key', async () => {
    const closed = await startApi({ metricsAccess: 'read' });
    expect((await closed.call('GET', '/metrics')).status).toBe(401);
    const headers = closed.keys.read;
    expect((await closed.call('GET', '/metrics', { headers })).status).toBe(200);
    await closed.close();
  });
});

describe('the trace of a request', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

  test('continues that of the caller, in the answer and in every line of the log', async () => {
    const headers = { ...api.keys.write, traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    const answer = await api.call('PUT', '/v1/tokens/0102', { headers, body: { status: 'nope' } });
    expect(answer.headers['traceparent']).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(answer.headers['traceparent']).not.toContain('00f067aa0ba902b7');
    const line = api.log.lines.find((it) => it.message === 'request');
    expect(line?.fields).toMatchObject({
      method: 'PUT',
      route: '/v1/tokens/:idToken',
      status: answer.status,
      tenant: 'tenant-a',
    });
    expect(JSON.stringify(line?.fields)).not.toContain('0102');
  });

  test.each([
    'nonsense',
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `ff-${traceId}-00f067aa0ba902b7-01`,
    `00-${traceId}-00f067aa0ba902b7-01-more`,
  ])('begins anew where the header is not valid: %s', async (traceparent) => {
    const { headers } = await api.call('GET', '/livez', { headers: { traceparent } });
    expect(headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    expect(headers['traceparent']).not.toContain(traceId);
  });
});

describe('the OpenAPI document', () => {
  test('is the one from which the page has its types', () => {
    const file = new URL('../../web/openapi.json', import.meta.url);
    const committed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const message = 'run "npm run api-document --workspace web" and commit what it writes';
    expect(api.document, message).toEqual(committed);
  });

  test('has every route, with a summary and its problems', () => {
    for (const [path, methods] of Object.entries(api.document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const { summary } = operation as { summary?: string };
        expect(summary, `${method} ${path}`).toBeTruthy();
        if (path.startsWith('/v1/')) {
          expect(Object.keys(operation.responses), `${method} ${path}`).toContain('500');
        }
      }
    }
    expect(Object.keys(api.document.components.schemas)).toContain('LiveSite');
  });
});

describe('every answer', () => {
  test('is not stored, carries its request id and a strict content security policy', async () => {
    const { headers } = await api.call('GET', '/v1/sites', { headers: api.keys.read });
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
  });

  test.each([
    ['GET', '/nope', 404],
    ['GET', '/v1/sites/%zz', 400],
    ['GET', `/v1/sites/${'x'.repeat(70)}`, 400],
    ['PUT', '/v1/sites/depot/live', 405],
  ] as const)('%s %s is a problem with status %i', async (method, path, status) => {
    const answer = await api.call(method, path, { headers: api.keys.admin });
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, instance: path });
    expect(answer.body.requestId).toBeTruthy();
  });

  test('malformed JSON, another media type and a body above 256 KiB are named', async () => {
    const headers = api.keys.admin;
    const post = (options: object) => api.call('POST', '/v1/sites', { headers, ...options });
    expect((await post({ raw: '{"id":' })).body.type).toBe('/problems/malformed-json');
    expect((await post({ raw: '{"__proto__":{}}' })).status).toBe(400);
    const text = { headers: { ...headers, 'content-type': 'text/plain' }, raw: 'x' };
    expect((await post(text)).status).toBe(415);
    expect((await post({ raw: JSON.stringify('x'.repeat(270_000)) })).status).toBe(413);
  });

  test('an unexpected error is 500 without internals, and is in the log with its id', async () => {
    api.engine.figures = () => {
      throw new Error('secret detail');
    };
    const answer = await api.call('GET', '/v1/figures', { headers: api.keys.admin });
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('secret detail');
    const line = api.log.lines.find((each) => each.level === 'error');
    expect(line?.message).toContain('secret detail');
    expect(line?.fields['requestId']).toBe(answer.body.requestId);
  });

  test('too many calls are 429 with Retry-After', async () => {
    const tight = await startApi({ rateLimitPerMinute: 3 });
    const statuses: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      statuses.push((await tight.call('GET', '/v1/sites', { headers: tight.keys.read })).status);
    }
    expect(statuses).toContain(429);
    const answer = await tight.call('GET', '/v1/sites', { headers: tight.keys.read });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.body.type).toBe('/problems/too-many-requests');
    expect((await tight.call('GET', '/livez')).status).toBe(200);
    await tight.close();
  });

  test('the page of a problem says what to do', async () => {
    const answer = await api.call('GET', '/problems/precondition-required');
    expect(answer.body.cure).toContain('If-Match');
    expect((await api.call('GET', '/problems/constructor')).status).toBe(404);
  });
});

describe('the live picture', () => {
  test('is in RFC 3339, with speed, version and the reason of every limit', async () => {
    publish();
    const { body } = await api.call('GET', '/v1/sites/depot/live', { headers: api.keys.read });
    expect(body.at).toBe(new Date(NOW_MS + 100_000).toISOString());
    expect(body).toMatchObject({ siteId: SITE, speed: 1, version: 1, seq: 21 });
    expect(body.evses).toHaveLength(10);
    const hold = body.evses.find(
      (evse: { boundBy: { kind: string } }) => evse.boundBy.kind === 'hold',
    );
    expect(hold.boundBy.untilAt).toMatch(/Z$/);
    expect(body.circuits[2].notGuaranteed.cause).toBe('fallback-not-read-back');
  });

  test('is 503 until the engine has computed the site', async () => {
    const answer = await api.call('GET', '/v1/sites/depot/live', { headers: api.keys.read });
    expect(answer.status).toBe(503);
  });
});

test('figures are for admins and complete', async () => {
  const answer = await api.call('GET', '/v1/figures', { headers: api.keys.admin });
  expect(answer.body).toEqual({
    profileCommands: 12,
    profileRejected: 1,
    ackMs: [4, 7],
    cutMs: [9],
    decisionMs: [0.4],
    sampleCounts: { ackMs: 2, cutMs: 1, decisionMs: 1 },
    roundTripMs: [3, 5, 8],
  });
});

test('the root says how to build the dashboard where it is missing', async () => {
  const answer = await api.call('GET', '/');
  expect(answer.status).toBe(503);
  expect(answer.text).toContain('npm run build --workspace web');
});
