/** Meters and batteries hang on circuits of the site. */
import type { Violation } from '../../solver/index.js';
import { repeated } from './check-site.js';
import type { Site } from './site.js';

export function checkDevices(site: Site): readonly Violation[] {
  return [...checkList(site, 'meters'), ...checkList(site, 'storage'), ...checkGridMeters(site)];
}

const NOUN = { meters: 'meter', storage: 'storage' } as const;

function checkList(site: Site, list: 'meters' | 'storage'): Violation[] {
  const devices = site[list] ?? [];
  const twice = repeated(devices.map((it) => it.id)).map((index) => ({
    rule: `${NOUN[list]}-id-repeated`,
    field: `/${list}/${index}/id`,
    message: `${devices[index]?.id} is listed twice`,
  }));
  const astray = devices.flatMap(({ circuitId }, index) =>
    site.circuits.some((circuit) => circuit.id === circuitId)
      ? []
      : [
          {
            rule: `${NOUN[list]}-circuit-unknown`,
            field: `/${list}/${index}/circuitId`,
            message: `${circuitId} is not in circuits`,
          },
        ],
  );
  return [...twice, ...astray];
}

/** The grid meter measures the connection point, of which there is one. */
function checkGridMeters(site: Site): Violation[] {
  const root = site.circuits.find((circuit) => circuit.parentId === undefined);
  let known: string | undefined;
  return (site.meters ?? []).flatMap(({ id, kind, circuitId }, index) => {
    if (kind !== 'grid') return [];
    const field = `/meters/${index}`;
    if (root !== undefined && circuitId !== root.id) {
      const message = `a grid meter is at ${root.id}, the circuit without a parent`;
      return [{ rule: 'meter-grid-not-at-root', field: `${field}/circuitId`, message }];
    }
    if (known !== undefined) {
      const message = `${known} is the grid meter already`;
      return [{ rule: 'meter-grid-twice', field: `${field}/kind`, message }];
    }
    known = id;
    return [];
  });
}
