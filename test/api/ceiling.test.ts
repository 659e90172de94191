/** The ceiling over time on the wire. What it says is tested in test/sites. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { at, pointers, startApi, type TestApi } from './harness.js';

let api: TestApi;
const PATH = '/v1/sites/depot/ceiling';

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('GET /v1/sites/:siteId/ceiling', () => {
  const read = (query = '', headers = api.keys.read) =>
    api.call('GET', `${PATH}${query}`, { headers });

  test('reaches an hour ahead, and as far as it is asked to', async () => {
    const answer = await read();
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ siteId: 'depot', at: at(0), untilAt: at(3600) });
    expect(answer.body.channels).toEqual(['L1', 'L2', 'L3']);
    const circuits = answer.body.circuits.map((it: { circuitId: string }) => it.circuitId);
    expect(circuits).toEqual(['grid', 'north', 'south']);
    expect((await read('?horizonSec=7200')).body.untilAt).toBe(at(7200));
  });

  test('leaves the circuits out where only the total is wanted', async () => {
    const { body } = await read('?detail=total');
    expect(body.circuits).toEqual([]);
    expect(body.total.steps[0]).toMatchObject({ fromAt: at(0), limitSource: 'rating' });
  });

  test('names the field and what is allowed', async () => {
    const far = await read('?horizonSec=86401');
    expect(far.status).toBe(400);
    expect(pointers(far)).toEqual(['horizonSec']);
    expect(far.body.errors[0].detail).toMatch(/60.*86400/);
    const odd = await read('?horizonSec=1.5&detail=all&more=1');
    expect(odd.status).toBe(400);
    expect(pointers(odd).sort()).toEqual(['detail', 'horizonSec', 'more']);
  });

  test('is for those who may read this site', async () => {
    expect((await api.call('GET', PATH)).status).toBe(401);
    expect((await read('', api.keys.foreign)).status).toBe(404);
    const elsewhere = await api.call('GET', '/v1/sites/none/ceiling', { headers: api.keys.read });
    expect(elsewhere.status).toBe(404);
  });
});
