/** Stations that take one form of a profile only, over real WebSockets: each is found out and charges. */
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Fuss, StationTraits } from '../../simulator/station/traits.js';
import { siteId, watts } from '../../solver/index.js';
import { smallSite } from '../control/small-site.js';
import { type RunningService, runService } from '../support/running-service.js';
import { type Simulated, simulate } from '../support/simulated-station.js';

const SPEED = 20;
const PATIENCE = { timeout: 120_000, interval: 100 };
const TEST_MS = 180_000;
const ORIGIN = { originSiteMs: Date.now(), originRealMs: Date.now(), speed: SPEED };
const FUSSES: readonly (readonly [string, Fuss, StationTraits['version'], string])[] = [
  ['S1', 'level-0', 'ocpp1.6', 'level-0'],
  ['S2', 'relative-only', 'ocpp2.0.1', 'relative'],
  ['S3', 'no-tx', 'ocpp1.6', 'tx-default'],
  ['S4', 'max-only', 'ocpp2.0.1', 'station-max'],
  ['S5', 'keeps-old', 'ocpp1.6', 'clear-first'],
];
const SITE = smallSite({
  stations: FUSSES.length,
  limitA: 32 * FUSSES.length,
  settings: { acceptAnyToken: true },
});

let service: RunningService;
let stations: readonly Simulated[] = [];

beforeAll(async () => {
  service = await runService(SITE, {}, {}, ORIGIN);
  const { port: ocppPort, secret } = service.ocpp;
  const common = { site: SITE, secret, ocppPort, origin: ORIGIN, vehicleMaxA: 32 };
  stations = await Promise.all(
    FUSSES.map(([stationId, fuss, version]) => {
      const traits: StationTraits = {
        version,
        units: ['A'],
        stackLevelMax: 8,
        periodsMax: 24,
        rounding: 'down',
        fuss,
      };
      return simulate({ ...common, stationId, traits });
    }),
  );
}, TEST_MS);
afterAll(async () => {
  await Promise.all(stations.map((it) => it.close()));
  await service.close();
});

const drawnA = (): Record<string, number> =>
  Object.fromEntries(
    (service.engine.live(siteId('site'))?.evses ?? []).map((it) => [it.stationId, it.drawnA]),
  );
const formOf = async (id: string) =>
  (await service.call('GET', `/v1/charging-stations/${id}/overview`)).body.form;

describe('each is told in a form that it takes', () => {
  test(
    'all of them charge, whatever they refused on the way',
    async () => {
      await vi.waitFor(() => {
        expect(Object.values(drawnA()).filter((it) => it > 20)).toHaveLength(FUSSES.length);
      }, PATIENCE);
    },
    TEST_MS,
  );

  test(
    'and follows when the limit of the site falls',
    async () => {
      const { version } = service.engine.state(siteId('site'))?.site ?? SITE;
      const importLimitW = watts(8 * FUSSES.length * 253 * 3);
      const site = { ...SITE, version: version + 1, importLimitW };
      await service.engine.submit(SITE.id, { type: 'site.edited', site, actor: 'owner' });
      await vi.waitFor(() => {
        const now = Object.values(drawnA());
        expect(
          now.every((it) => it > 5 && it < 9),
          JSON.stringify(drawnA()),
        ).toBe(true);
      }, PATIENCE);
    },
    TEST_MS,
  );

  test.each(FUSSES)('%s, %s, %s: %s', async (id, _fuss, _version, rung) => {
    const form = await formOf(id);
    const rungs = form.rungs.map((it: { rung: string }) => it.rung);
    expect(rungs, JSON.stringify(form)).toEqual([rung]);
  });

  test('the card of a kind keeps what its stations needed, and who showed it', async () => {
    const { body } = await service.call('GET', '/v1/capability-cards');
    const rungs = body.items.flatMap((card: { rungs: object[] }) => card.rungs);
    for (const [stationId, _fuss, _version, rung] of FUSSES) {
      expect(rungs).toContainEqual(
        expect.objectContaining({ stationId, rung, observed: expect.stringMatching(/./) }),
      );
    }
  });
});
