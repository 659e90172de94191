import { describe, expect, test } from 'vitest';
import { renderSite, siteFromFile } from '../../src/api/render/site.js';
import type { SiteFile } from '../../src/api/schema/site.js';
import { checkSite } from '../../src/sites/check-site.js';
import { SETTINGS_DEFAULT } from '../../src/sites/defaults.js';
import { siteFile } from '../api/site-file.js';

/** The rules that a changed file breaks, with where. */
function broken(change: (file: ReturnType<typeof siteFile>) => object): string[] {
  const file = { ...siteFile(), ...change(siteFile()) } as SiteFile;
  return checkSite(siteFromFile(file, 't')).map(({ rule, field }) => `${rule} ${field}`);
}

const [grid, north, south] = siteFile().circuits;
const [evse] = siteFile().evses;
if (!grid || !north || !south || !evse) throw new Error('the site file of the tests is empty');

describe('checkSite', () => {
  test('finds nothing wrong with a good site, whose settings take their defaults', () => {
    expect(broken(() => ({}))).toEqual([]);
    expect(siteFromFile(siteFile(), 't').settings).toEqual(SETTINGS_DEFAULT);
  });

  test('keeps the rotation of an EVSE on three phases', () => {
    const [first, ...others] = siteFile().evses;
    const file = { ...siteFile(), evses: [{ ...first, rotation: 'STR' }, ...others] } as SiteFile;
    const site = siteFromFile(file, 't');
    expect(checkSite(site)).toEqual([]);
    expect(site.evses.slice(0, 2).map(({ rotation }) => rotation)).toEqual(['STR', undefined]);
    expect(
      renderSite(site)
        .evses.map(({ rotation }) => rotation)
        .slice(0, 2),
    ).toEqual(['STR', undefined]);
  });

  test.each([
    ['time-zone-unknown /timeZone', { timeZone: 'Mars/Base' }],
    ['voltage-implausible /voltageLineToLineV', { voltageLineToLineV: 100 }],
    ['circuit-id-repeated /circuits/3/id', { circuits: [grid, north, south, north] }],
    ['circuit-one-root /circuits', { circuits: [grid, { ...north, parentId: undefined }, south] }],
    [
      'circuit-parent-unknown /circuits/1/parentId',
      { circuits: [grid, { ...north, parentId: 'x' }, south] },
    ],
    [
      'limit-kind-unfit /circuits/0/limits/0/kind',
      { circuits: [{ ...grid, limits: [{ kind: 'line', limitA: [1, 1, 1] }] }, north, south] },
    ],
    [
      'limit-source-not-rating /circuits/0/limits/0/source',
      {
        circuits: [
          { ...grid, limits: [{ ...grid.limits[0], source: { kind: 'owner' } }] },
          north,
          south,
        ],
      },
    ],
    ['limit-kind-unfit /circuits/2/limits/0/kind', { supply: 'delta' }],
    ['station-without-evse /stations/10', { stations: [...siteFile().stations, { id: 'CP99' }] }],
    ['station-id-repeated /stations/10/id', { stations: [...siteFile().stations, { id: 'CP01' }] }],
    [
      'evse-id-form /evses/0/id',
      { evses: [{ ...evse, id: 'CP02:1' }, ...siteFile().evses.slice(1)] },
    ],
    ['evse-id-repeated /evses/10/id', { evses: [...siteFile().evses, evse] }],
    [
      'evse-rotation /evses/0/rotation',
      {
        evses: [
          { ...evse, rotation: 'STR', channels: [true, false, false] },
          ...siteFile().evses.slice(1),
        ],
      },
    ],
    [
      'evse-station-unknown /evses/10/stationId',
      { evses: [...siteFile().evses, { ...evse, stationId: 'CP77' }] },
    ],
    [
      'evse-circuit-unknown /evses/10/circuitId',
      { evses: [...siteFile().evses, { ...evse, evseNumber: 2, circuitId: 'west' }] },
    ],
    [
      'evse-number-too-large /evses/10/evseNumber',
      { evses: [...siteFile().evses, { ...evse, evseNumber: 1000 }] },
    ],
    [
      'evse-channels-none /evses/10/channels',
      { evses: [...siteFile().evses, { ...evse, evseNumber: 2, channels: [false, false, false] }] },
    ],
    [
      'pilot-over-maximum /evses/10/pilots',
      { evses: [...siteFile().evses, { ...evse, evseNumber: 2, currentMaxA: 5 }] },
    ],
    [
      'pilots-unsorted /evses/10/pilots/valuesA',
      {
        evses: [
          ...siteFile().evses,
          { ...evse, evseNumber: 2, pilots: { kind: 'set', valuesA: [16, 8] } },
        ],
      },
    ],
    ['lease-too-short /settings/leaseMeteredSec', { settings: { settleSec: 200 } }],
    ['lease-order /settings/leaseMeteredSec', { settings: { leaseMeteredSec: 1000 } }],
    ['fallback-below-pilot /settings/fallbackIdleA', { settings: { fallbackIdleA: 3 } }],
    ['fallback-does-not-fit /circuits/1/limits/0', { settings: { fallbackIdleA: 16 } }],
    [
      'base-load-over-rating /circuits/0/limits/0',
      { circuits: [{ ...grid, baseLoadMaxA: [120, 0, 0] }, north, south] },
    ],
    [
      'fallback-over-import-limit /importLimitW',
      { importLimitW: 20_000, settings: { fallbackIdleA: 6 } },
    ],
  ])('names %s', (rule, change) => {
    expect(broken(() => change)).toContain(rule);
  });

  test('names a loop and an EVSE without any limit above it', () => {
    const loop = [grid, { ...north, parentId: 'south' }, { ...south, parentId: 'north' }];
    expect(broken(() => ({ circuits: loop }))).toContain('circuit-loop /circuits/1/parentId');
    const bare = [grid, north, south].map((circuit) => ({ ...circuit, limits: [] }));
    expect(broken(() => ({ circuits: bare }))).toContain('evse-without-limit /evses/0/circuitId');
  });

  test('takes an import limit of 0 as a limit, not as an absence', () => {
    const site = siteFromFile({ ...siteFile(), importLimitW: 0 }, 't');
    expect(site.importLimitW).toBe(0);
    expect(checkSite(site)).toEqual([]);
  });
});
