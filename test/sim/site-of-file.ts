/** A site file of the simulator as the engine knows the site, for days in the deterministic world. */
import {
  amps,
  type CircuitLimit,
  circuitId,
  evseId,
  siteId,
  stationId,
  volts,
} from '../../solver/index.js';
import type { SiteFile } from '../../simulator/site-file.js';
import { SETTINGS_DEFAULT } from '../../src/sites/defaults.js';
import type { Site } from '../../src/sites/site.js';

const SOURCE = { kind: 'rating' } as const;

/** Every station is tested offline, and any token is accepted. */
export function siteOfFile(file: SiteFile): Site {
  const none = amps(0);
  return {
    id: siteId('garage'),
    tenantId: 'sim',
    name: file.name,
    timeZone: file.timeZone,
    supply: file.supply,
    settings: { ...SETTINGS_DEFAULT, acceptAnyToken: true },
    version: 1,
    voltageLineToNeutralV: volts(file.voltageLineToNeutralV),
    voltageLineToLineV: volts(file.voltageLineToLineV),
    circuits: file.circuits.map(({ parentId, ...it }) => ({
      ...it,
      id: circuitId(it.id),
      name: it.name ?? it.id,
      ...(parentId === undefined ? {} : { parentId: circuitId(parentId) }),
      limits: it.limits.map((limit) => ({ ...limit, source: SOURCE }) as CircuitLimit),
      baseLoadMaxA: it.baseLoadMaxA ?? [none, none, none],
    })) as unknown as Site['circuits'],
    stations: file.stations.map(({ id }) => ({ id: stationId(id), offlineTested: true })),
    evses: file.stations.flatMap(({ id, evses }) =>
      evses.map((it) => ({
        ...it,
        id: evseId(`${id}:${it.evseNumber}`),
        stationId: stationId(id),
      })),
    ) as unknown as Site['evses'],
  };
}
