import { expect, test } from 'vitest';
import { sendClaim } from '../../simulator/claims.js';
import { sendMeterSamples } from '../../simulator/meter-samples.js';

interface Seen {
  readonly url: string;
  readonly init: RequestInit | undefined;
}

/** An API that knows the session from the given request on. */
function api(knowsFrom: number) {
  const seen: Seen[] = [];
  const answer = (url: string, init: RequestInit | undefined): Response => {
    seen.push({ url, init });
    if (init?.method !== 'GET') return new Response('{}');
    const other = { id: 'other', evseId: 'S:2', stationId: 'S', transactionId: 't' };
    const stale = { id: 'stale', evseId: 'S:1', stationId: 'S', transactionId: 'before' };
    const own = { id: 'own', evseId: 'S:1', stationId: 'S', transactionId: 't' };
    const items = seen.length > knowsFrom ? [other, stale, own] : [other, stale];
    return new Response(JSON.stringify({ items }));
  };
  const fetcher = async (url: string | URL | Request, init?: RequestInit): Promise<Response> =>
    answer(String(url), init);
  return { seen, access: { apiUrl: 'http://cpms', apiKey: 'key', fetch: fetcher } };
}

const CLAIM = {
  stationId: 'S',
  evseNumber: 1,
  transactionId: 't',
  departureAtMs: Date.UTC(2026, 0, 5, 17),
  energyWh: 7000.4,
};

test('claims the session of this very transaction once the CPMS knows it', async () => {
  const { seen, access } = api(2);
  expect(await sendClaim(access, CLAIM)).toBe(true);
  expect(seen.map(({ init }) => init?.method)).toEqual(['GET', 'GET', 'GET', 'PUT']);
  expect(seen[0]?.url).toBe('http://cpms/v1/sessions?stationId=S&state=active');
  expect(seen[3]?.url).toBe('http://cpms/v1/sessions/own/claim');
  expect(JSON.parse(String(seen[3]?.init?.body))).toEqual({
    departureAt: '2026-01-05T17:00:00.000Z',
    energyWh: 7000,
  });
});

test('posts readings with their instant, and survives an API that is gone', async () => {
  const { seen, access } = api(0);
  const readings = [{ circuitId: 'grid', atMs: 0, currentsA: [1.23456, 2, 3] }];
  expect(await sendMeterSamples(access, 'site 1', readings)).toBe(true);
  expect(seen[0]?.url).toBe('http://cpms/v1/sites/site%201/meter-samples');
  expect(JSON.parse(String(seen[0]?.init?.body))).toEqual({
    samples: [{ circuitId: 'grid', at: '1970-01-01T00:00:00.000Z', currentA: [1.235, 2, 3] }],
  });
  const gone = { ...access, fetch: () => Promise.reject(new TypeError('gone')) };
  expect(await sendMeterSamples(gone, 'site', readings)).toBe(false);
});
