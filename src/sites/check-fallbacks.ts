/**
 * What holds when every message is lost must fit by itself: at each conductor, the declared base
 * load plus what every EVSE falls back to. F1 is granted only where affordable, so F0 alone counts.
 */
import {
  type CircuitLimit,
  type PerChannel,
  powerBaseA,
  type Violation,
} from '../../solver/index.js';
import { pathToRoot } from './check-circuits.js';
import { smallestPilotA } from './check-site.js';
import { conductorLoads } from './conductor-loads.js';
import type { Site, SiteCircuit } from './site.js';
import { standbyA } from './standby.js';

/** Rounding of sums, far below the 0.1 A that an OCPP limit can express. */
const TOLERANCE_FRACTION = 1e-9;

export function checkFallbacks(site: Site): readonly Violation[] {
  return [
    ...checkFallbackValues(site),
    ...site.circuits.flatMap((circuit, index) => checkCircuit(site, circuit, index)),
    ...checkImportLimit(site),
  ];
}

function checkFallbackValues(site: Site): Violation[] {
  return (['fallbackIdleA', 'fallbackSessionA'] as const).flatMap((name) => {
    const valueA = site.settings[name];
    const tooLow = valueA === 0 ? undefined : site.evses.find((e) => smallestPilotA(e) > valueA);
    if (tooLow === undefined) return [];
    return [
      {
        rule: 'fallback-below-pilot',
        field: `/settings/${name}`,
        message: `${valueA} A is below the ${smallestPilotA(tooLow)} A that ${tooLow.id} can be told; 0 is allowed`,
      },
    ];
  });
}

function checkCircuit(site: Site, circuit: SiteCircuit, index: number): Violation[] {
  const sumA = fallbackSumA(site, circuit);
  return circuit.limits.flatMap((limit, limitIndex) => {
    const field = `/circuits/${index}/limits/${limitIndex}`;
    const base = over(limit, [0, 0, 0], circuit.baseLoadMaxA);
    if (base !== undefined) {
      const message = `baseLoadMaxA alone needs ${base}`;
      return [{ rule: 'base-load-over-rating', field, message }];
    }
    const all = over(limit, sumA, baseOf(limit, circuit));
    if (all === undefined) return [];
    const message = `base load plus ${site.settings.fallbackIdleA} A fallback of each EVSE needs ${all}`;
    return [{ rule: 'fallback-does-not-fit', field, message }];
  });
}

function checkImportLimit(site: Site): Violation[] {
  const root = site.circuits.find((circuit) => circuit.parentId === undefined);
  if (site.importLimitW === undefined || root === undefined) return [];
  const voltageV = site.supply === 'wye' ? site.voltageLineToNeutralV : site.voltageLineToLineV;
  const source = { kind: 'owner' } as const;
  const limit = { kind: 'power', limitW: site.importLimitW, voltageV, source } as const;
  const needed = over(limit, fallbackSumA(site, root), baseOf(limit, root));
  if (needed === undefined || site.settings.fallbackIdleA === 0) return [];
  const message = `base load plus the fallback of each EVSE needs ${needed}`;
  return [{ rule: 'fallback-over-import-limit', field: '/importLimitW', message }];
}

/** The base load as the limit alone would count it beside the others of its circuit. */
function baseOf({ kind }: CircuitLimit, circuit: SiteCircuit): PerChannel<number> {
  const { limits, baseLoadMaxA } = circuit;
  return kind === 'power' ? [powerBaseA({ limits, baseLoadA: baseLoadMaxA }), 0, 0] : baseLoadMaxA;
}

/** The first conductor that carries more than its limit, in words. */
function over(
  limit: CircuitLimit,
  sumA: PerChannel<number>,
  baseA: PerChannel<number>,
): string | undefined {
  const worst = conductorLoads(limit, sumA, baseA).find(
    (each) => each.load > each.limit * (1 + TOLERANCE_FRACTION),
  );
  if (worst === undefined) return undefined;
  const { load, unit, conductor } = worst;
  return `${load.toFixed(1)} ${unit} on ${conductor}, limit ${worst.limit} ${unit}`;
}

function fallbackSumA(site: Site, circuit: SiteCircuit): PerChannel<number> {
  const sumA: [number, number, number] = [0, 0, 0];
  for (const evse of site.evses) {
    if (!pathToRoot(site, evse.circuitId).includes(circuit)) continue;
    for (const channel of [0, 1, 2] as const) {
      if (evse.channels[channel]) sumA[channel] += site.settings.fallbackIdleA;
    }
  }
  standbyA(site, circuit.id)?.forEach((currentA, at) => {
    sumA[at as 0 | 1 | 2] += currentA;
  });
  return sumA;
}
