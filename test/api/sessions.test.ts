import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { evseId, sessionId, stationId } from '../../solver/index.js';
import type { Session } from '../../src/sessions/session.js';
import { NOW_MS, stationState } from './doubles.js';
import { at, pointers, SITE, startApi, type TestApi } from './harness.js';

let api: TestApi;

function session(n: number, change: Partial<Session> = {}): Session & { siteId: typeof SITE } {
  return {
    id: sessionId(`s${n}`),
    siteId: SITE,
    evseId: evseId(`CP0${n}:1`),
    stationId: stationId(`CP0${n}`),
    phase: 'active',
    transactionId: String(100 + n),
    idToken: 'SECRET-TOKEN-1234',
    pluggedInAtMs: NOW_MS - 3_600_000,
    startedAtMs: NOW_MS - 3_500_000,
    meterStartWh: 1000,
    meterLastWh: 6500,
    vehicle: { satisfied: false },
    drawnA: [10, 10, 10],
    powerW: 6900,
    ...change,
  };
}

beforeEach(async () => {
  api = await startApi();
  api.store.rows.sessions.push(
    session(1),
    session(2, { phase: 'ended', endedAtMs: NOW_MS - 60_000, stopReason: 'Local' }),
    session(3, { phase: 'plugged' }),
    { ...session(4), siteId: 'elsewhere' as typeof SITE },
  );
});
afterEach(() => api.close());

const read = (path: string) => api.call('GET', path, { headers: api.keys.read });

describe('sessions', () => {
  test('are rendered with energy and instants, and never with the whole token', async () => {
    const { status, body, text } = await read('/v1/sessions/s1');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: 's1',
      phase: 'active',
      energyWh: 5500,
      idTokenEnd: '1234',
      currentA: [10, 10, 10],
      startedAt: at(-3500),
    });
    expect(text).not.toContain('SECRET');
  });

  test('are listed by state, site and station, in pages', async () => {
    const ids = async (query: string) =>
      (await read(`/v1/sessions?${query}`)).body.items.map((each: { id: string }) => each.id);
    expect(await ids('siteId=depot&state=active')).toEqual(['s1', 's3']);
    expect(await ids('siteId=depot&state=all')).toEqual(['s1', 's2', 's3']);
    expect(await ids('stationId=CP03')).toEqual(['s3']);
    const first = await read('/v1/sessions?siteId=depot&limit=2');
    expect(first.body.items).toHaveLength(2);
    const second = await read(`/v1/sessions?siteId=depot&limit=2&after=${first.body.next}`);
    expect(second.body.items.map((each: { id: string }) => each.id)).toEqual(['s3']);
    expect(second.body.next).toBeUndefined();
  });

  test.each([
    ['limit', 'limit=0'],
    ['limit', 'limit=501'],
    ['limit', 'limit=many'],
    ['state', 'state=open'],
    ['siteId', 'siteId=a%20b'],
    ['colour', 'colour=red'],
  ])('name the parameter %s of a wrong query', async (name, query) => {
    const answer = await read(`/v1/sessions?${query}`);
    expect(answer.status).toBe(400);
    expect(pointers(answer)).toContain(name);
  });

  test('are listed by phase, token and time of plug-in', async () => {
    const ids = async (query: string) =>
      (await read(`/v1/sessions?siteId=depot&${query}`)).body.items.map(
        (each: { id: string }) => each.id,
      );
    expect(await ids('state=charging')).toEqual(['s1']);
    expect(await ids('state=plugged')).toEqual(['s3']);
    expect(await ids('state=ended')).toEqual(['s2']);
    expect(await ids('idToken=secret-token-1234')).toEqual(['s1', 's2', 's3']);
    expect(await ids('idToken=other')).toEqual([]);
    expect(await ids(`from=${at(-3600)}`)).toEqual(['s1', 's2', 's3']);
    expect(await ids(`to=${at(-3600)}`)).toEqual([]);
    expect((await read('/v1/sessions?from=yesterday')).status).toBe(400);
  });

  test('tell how they ended in words, by their own times, and what is odd', async () => {
    api.store.rows.sessions.push(
      session(5, {
        phase: 'ended',
        startedAtMs: NOW_MS - 3_600_000,
        endedAtMs: NOW_MS,
        stopReason: 'EVDisconnected',
        authorization: { status: 'Unknown', atMs: NOW_MS },
        endedBy: { idToken: 'ANOTHER-9876' },
        marks: ['start-told'],
        meter: {
          startWh: 1000,
          stopWh: 8200,
          tail: [
            { atMs: NOW_MS - 3_000_000, registerWh: 2000, powerW: 7000 },
            { atMs: NOW_MS - 1_000_000, registerWh: 6000, powerW: 7400 },
          ],
        },
      }),
    );
    const { body, text } = await read('/v1/sessions/s5');
    expect(body).toMatchObject({
      energyWh: 7200,
      durationSec: 3600,
      averagePowerW: 7200,
      peakPowerW: 7400,
      firstEnergyAt: at(-3000),
      authorizationStatus: 'Unknown',
      stopReasonText: 'The vehicle was unplugged.',
      endCause: 'station',
      endedByTokenEnd: '9876',
    });
    expect(body.notes.map((note: { code: string }) => note.code)).toEqual([
      'stopped-by-foreign-token',
      'unauthorised',
    ]);
    expect(text).not.toContain('ANOTHER');
  });

  test('show what was measured, in pages', async () => {
    api.store.rows.meterValues.push(
      { atMs: NOW_MS - 2000, energyWh: 10, currentA: [6, undefined, 0] },
      { atMs: NOW_MS - 1000, powerW: 1400, socFraction: 0.5 },
    );
    const first = await read('/v1/sessions/s1/meter-values?limit=1');
    expect(first.body.items).toEqual([{ at: at(-2), energyWh: 10, currentA: [6, null, 0] }]);
    const second = await read(`/v1/sessions/s1/meter-values?after=${first.body.next}`);
    expect(second.body).toEqual({ items: [{ at: at(-1), powerW: 1400, socFraction: 0.5 }] });
    const foreign = { headers: api.keys.foreign };
    expect((await api.call('GET', '/v1/sessions/s1/meter-values', foreign)).status).toBe(404);
    expect((await read('/v1/sessions/s4/meter-values')).status).toBe(404);
  });

  test('of another tenant or of nobody do not exist', async () => {
    expect((await read('/v1/sessions/s99')).status).toBe(404);
    expect((await read('/v1/sessions/s4')).status).toBe(404);
    const answer = await api.call('GET', '/v1/sessions/s1', { headers: api.keys.foreign });
    expect(answer.status).toBe(404);
  });
});

describe('PUT /v1/sessions/{id}/claim', () => {
  const claim = (body: unknown, id = 's1', headers = api.keys.write) =>
    api.call('PUT', `/v1/sessions/${id}/claim`, { headers, body });
  const good = { departureAt: at(7200), energyWh: 20_000 };

  test('is committed for the engine, audited and rendered', async () => {
    const answer = await claim(good);
    expect(answer.status).toBe(200);
    expect(answer.body.claim).toEqual({ ...good, remainingWh: 14_500, setAt: at(0) });
    expect(api.engine.submitted).toEqual([
      {
        siteId: SITE,
        event: {
          type: 'claim.set',
          sessionId: 's1',
          claim: {
            departureAtMs: NOW_MS + 7_200_000,
            energyWh: 20_000,
            setAtMs: NOW_MS,
            actor: 'key:tenant-a-write',
          },
        },
      },
    ]);
    expect(api.store.rows.audit.at(-1)?.action).toBe('session.claim-set');
  });

  test.each([
    ['/departureAt', { departureAt: at(0) }],
    ['/departureAt', { departureAt: at(15 * 86_400) }],
    ['/departureAt', { departureAt: 'tonight' }],
    ['/departureAt', { departureAt: undefined }],
    ['/energyWh', { energyWh: -1 }],
    ['/energyWh', { energyWh: 1_000_001 }],
    ['/energyWh', { energyWh: null }],
    ['/soc', { soc: 1 }],
  ])('names %s of a claim out of range', async (pointer, change) => {
    const answer = await claim({ ...good, ...change });
    expect(answer.status).toBe(422);
    expect(pointers(answer)).toEqual([pointer]);
    expect(api.engine.submitted).toEqual([]);
  });

  test('is refused for an ended, an unknown and a foreign session', async () => {
    expect((await claim(good, 's2')).status).toBe(409);
    expect((await claim(good, 's99')).status).toBe(404);
    expect((await claim(good, 's1', api.keys.foreign)).status).toBe(404);
    expect((await claim(good, 's1', api.keys.read)).status).toBe(403);
  });
});

describe('POST /v1/sessions/{id}/stop', () => {
  const stop = (id: string) =>
    api.call('POST', `/v1/sessions/${id}/stop`, { headers: api.keys.write });

  test('asks the station to stop its transaction, and answers what it said', async () => {
    api.engine.stationStates.set(SITE, [stationState('CP01', 'ocpp1.6')]);
    const answer = await stop('s1');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'accepted', action: 'remote-stop' });
    expect(api.engine.asked[0]).toMatchObject({
      stationId: 'CP01',
      command: { kind: 'remote-stop', transactionId: '101' },
    });
  });

  test('is a conflict where no transaction runs', async () => {
    expect((await stop('s2')).status).toBe(409);
    expect((await stop('s3')).status).toBe(409);
    expect((await stop('s99')).status).toBe(404);
  });
});
