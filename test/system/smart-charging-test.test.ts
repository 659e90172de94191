/** The smart-charging test over real WebSockets: honest stations, one that lies, one that came to its senses. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StationTraits } from '../../simulator/station/traits.js';
import { siteId } from '../../solver/index.js';
import { smallSite } from '../control/small-site.js';
import { type RunningService, runService } from '../support/running-service.js';
import { runBusbar } from '../support/served.js';
import { type Simulated, simulate } from '../support/simulated-station.js';

const SPEED = 20;
const PATIENCE = { timeout: 120_000, interval: 100 };
const TEST_MS = 180_000;
const ORIGIN = { originSiteMs: Date.now(), originRealMs: Date.now(), speed: SPEED };
const SITE = smallSite({
  stations: 3,
  limitA: 200,
  untested: ['S1', 'S2'],
  settings: { acceptAnyToken: true },
});

const TRAITS: StationTraits = {
  version: 'ocpp1.6',
  units: ['A', 'W'],
  stackLevelMax: 8,
  periodsMax: 24,
  rounding: 'down',
};
const lies = { now: false };

let service: RunningService;
const stations: Simulated[] = [];

beforeAll(async () => {
  service = await runService(SITE, {}, {}, ORIGIN);
  const { port: ocppPort, secret } = service.ocpp;
  const common = { site: SITE, secret, ocppPort, origin: ORIGIN, vehicleMaxA: 32 };
  stations.push(
    await simulate({ ...common, stationId: 'S1', traits: TRAITS }),
    await simulate({ ...common, stationId: 'S2', traits: { ...TRAITS, version: 'ocpp2.0.1' } }),
    await simulate({
      ...common,
      stationId: 'S3',
      traits: { ...TRAITS, ignoresLimits: () => lies.now },
    }),
  );
  await vi.waitFor(() => expect(evses().filter((it) => it.drawnA > 20)).toHaveLength(3), PATIENCE);
}, TEST_MS);
afterAll(async () => {
  await Promise.all(stations.map((it) => it.close()));
  await service.close();
});

const evses = () => service.engine.live(siteId('site'))?.evses ?? [];
const ledgerOf = (id: string) =>
  service.engine.state(siteId('site'))?.evses.get(`${id}:1` as never)?.ledger;

const start = (id: string, body: object = {}, headers: object = {}) =>
  service.call('POST', `/v1/charging-stations/${id}/smart-charging-test`, body, headers);

async function ended(id: string, number: number) {
  const path = `/v1/charging-stations/${id}/smart-charging-tests/${number}`;
  const read = async () => (await service.call('GET', path)).body;
  await expect.poll(async () => (await read()).status, PATIENCE).not.toBe('running');
  return read();
}

describe.each([
  ['S1', 'ocpp1.6'],
  ['S2', 'ocpp2.0.1'],
] as const)('%s, %s, follows', (id, _version) => {
  test(
    'and passes: every step with request, answer, read-back and reaction',
    async () => {
      const begun = await start(id, { evseId: `${id}:1` });
      expect(begun.status, JSON.stringify(begun.body)).toBe(202);
      expect(begun.headers.get('location')).toContain(`/${begun.body.number}`);
      const result = await ended(id, begun.body.number);
      expect(result.status, JSON.stringify(result, undefined, 1)).toBe('passed');
      const steps = result.steps as { name: string; verdict: string; isRequired: boolean }[];
      expect(steps.filter((it) => it.isRequired).every((it) => it.verdict === 'passed')).toBe(true);
      const verdicts = Object.fromEntries(steps.map((it) => [it.name, it.verdict]));
      expect(verdicts, JSON.stringify(result.steps.slice(-4), undefined, 1)).toMatchObject({
        relative: 'passed',
        unit: 'passed',
        'stack-level': 'passed',
        replace: 'passed',
        clear: 'passed',
      });
      if (id === 'S2') expect(verdicts['profiles']).toBe('passed');
      const limits = result.steps.filter((it: { name: string }) => it.name === 'limit');
      expect(limits.map((it: { limitA: number }) => it.limitA)).toEqual([6, 10, 16]);
      for (const { reaction, shown, answer } of limits) {
        expect(answer.status).toBe('accepted');
        expect(shown.limitA).toBeGreaterThan(5);
        // Five seconds of pilot and six of vehicle, and what asking takes.
        expect(reaction.reactionSec).toBeLessThan(60);
        expect(reaction.overshootA).toBeLessThanOrEqual(0.5);
      }
    },
    TEST_MS,
  );
});

test('the card of their kind says what was seen, and the station shows it', async () => {
  const { body } = await service.call('GET', '/v1/capability-cards');
  const cards = body.items as { stations: { stationId: string }[]; parts: object }[];
  const card = cards.find((it) => it.stations.some(({ stationId }) => stationId === 'S1'));
  expect(card).toMatchObject({
    offlineTested: false,
    observed: { follows: 'passed', resumes: 'passed', clears: 'passed' },
    parts: { online: { verdict: 'passed' } },
    declared: { units: ['A', 'W'], stackLevelMax: 8 },
  });
  const overview = await service.call('GET', '/v1/charging-stations/S1/overview');
  expect(overview.body.card).toEqual(card);
});

test('a retry of the request starts no second test, and what is refused says why', async () => {
  const headers = { 'idempotency-key': 'once' };
  const first = await start('S1', {}, headers);
  const again = await start('S1', {}, headers);
  expect([first.status, again.status]).toEqual([202, 202]);
  expect(again.body.number).toBe(first.body.number);
  const second = await start('S1');
  expect([second.status, second.body.detail]).toEqual([
    409,
    `test ${first.body.number} of S1 is running`,
  ]);
  expect((await start('S9')).status).toBe(404);
  expect((await start('S1', { evseId: 'S2:1' })).status).toBe(422);
  await ended('S1', first.body.number);
  const list = await service.call('GET', '/v1/charging-stations/S1/smart-charging-tests?limit=1');
  expect(list.body.items.map((it: { number: number }) => it.number)).toEqual([first.body.number]);
  expect(list.body.next).toBeDefined();
});

test('a running test can be cancelled, twice, and by the command line', async () => {
  const { body: begun } = await start('S2');
  const path = `/v1/charging-stations/S2/smart-charging-tests/${begun.number}/cancel`;
  const first = await service.call('POST', path, {});
  expect([first.status, first.body.status]).toEqual([200, 'cancelled']);
  const again = await service.call('POST', path, {});
  expect(again.body).toEqual(first.body);
  expect((await service.call('POST', path.replace('S2', 'S1'), {})).status).toBe(404);
  const cancel = () =>
    runBusbar(['--url', service.apiUrl, 'station', 'test', 'S2', '--cancel'], {
      BUSBAR_API_KEY: service.apiKey,
    });
  const none = await cancel();
  expect([none.code, none.stdout.trim()]).toEqual([0, 'no test of S2 is running']);
  const { body: second } = await start('S2');
  const done = await cancel();
  expect([done.code, done.stdout.trim()]).toEqual([0, `test ${second.number} of S2: cancelled`]);
  await expect
    .poll(() => evses().find((it) => it.stationId === 'S2')?.drawnA, PATIENCE)
    .toBeGreaterThan(20);
});

test(
  'R9: a station that lies fails, is distrusted, and is believed again once it has passed',
  async () => {
    lies.now = true;
    const failed = await ended('S3', (await start('S3')).body.number);
    expect(failed).toMatchObject({ status: 'failed', isTrustRestored: false });
    expect(failed.steps[0]).toMatchObject({ name: 'limit', verdict: 'failed' });
    await expect.poll(() => ledgerOf('S3')?.distrusted, PATIENCE).toBe(true);
    // Nothing that an owner can say makes it trusted.
    const station = await service.call('GET', '/v1/charging-stations?limit=10');
    expect(station.status).toBe(200);
    const patch = await service.call(
      'PATCH',
      '/v1/charging-stations/S3',
      { offlineTested: true },
      { 'if-match': '*' },
    );
    expect(patch.status).toBe(200);
    expect(ledgerOf('S3')?.distrusted).toBe(true);

    lies.now = false;
    const cli = await runBusbar(['--url', service.apiUrl, 'station', 'test', 'S3'], {
      BUSBAR_API_KEY: service.apiKey,
    });
    expect(cli.code, cli.stderr).toBe(0);
    expect(cli.stderr).toMatch(/limit 6 A +passed/);
    expect(cli.stdout).toContain('its EVSE is believed again');
    expect(ledgerOf('S3')?.distrusted).toBe(false);
  },
  TEST_MS,
);

const MINUTE_MS = 60_000 / SPEED;

/** A person at the station who does what the API says, until the test is over. */
async function follow(id: string, number: number, simulated: Simulated): Promise<void> {
  const path = `/v1/charging-stations/${id}/smart-charging-tests/${number}`;
  const deadlineMs = Date.now() + TEST_MS;
  let unplugged = false;
  for (;;) {
    expect(Date.now()).toBeLessThan(deadlineMs);
    const { body } = await service.call('GET', path);
    if (body.status !== 'running') return;
    const instruction: string = body.instruction ?? '';
    const minutes = /in again after (\d+) minutes/.exec(instruction)?.[1];
    if (!unplugged && instruction.startsWith('Unplug')) {
      simulated.cable.unplug();
      unplugged = true;
      if (instruction.includes('switch its power off')) simulated.station.reset();
    } else if (unplugged && minutes !== undefined) {
      await new Promise((resolve) => setTimeout(resolve, Number(minutes) * MINUTE_MS));
      simulated.cable.plug();
      unplugged = false;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

test(
  'R0: three offline tests, done as the API says, give every station of the kind credit',
  async () => {
    const [simulated] = stations;
    if (simulated === undefined) throw new Error('no station');
    expect(ledgerOf('S1')?.offlineTested).toBe(false);
    const parts = ['link-loss', 'lease-expiry', 'power-cycle'];
    const begun = await start('S1', { parts });
    expect(begun.status, JSON.stringify(begun.body)).toBe(202);
    await follow('S1', begun.body.number, simulated);
    const result = await ended('S1', begun.body.number);
    const judged = result.steps
      .filter((it: { name: string }) => parts.includes(it.name))
      .map((it: { name: string; verdict: string }) => [it.name, it.verdict]);
    expect(judged, JSON.stringify(result, undefined, 1)).toEqual(
      parts.map((part) => [part, 'passed']),
    );
    await expect.poll(() => ledgerOf('S1')?.offlineTested, PATIENCE).toBe(true);
    const { body } = await service.call('GET', '/v1/capability-cards');
    const card = body.items.find((it: { stations: { stationId: string }[] }) =>
      it.stations.some(({ stationId }) => stationId === 'S1'),
    );
    expect(card).toMatchObject({ offlineTested: true });
    for (const part of parts) {
      expect(card.parts[part]).toMatchObject({
        verdict: 'passed',
        stationId: 'S1',
        testNumber: begun.body.number,
      });
      expect(card.parts[part].actor).toBeTruthy();
    }
    const shown = await service.call('GET', '/v1/charging-stations?limit=10');
    const s1 = shown.body.items.find((it: { id: string }) => it.id === 'S1');
    expect(s1.offlineTested).toBe(true);
  },
  TEST_MS,
);
