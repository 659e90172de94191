/** What is allowed and yet worth knowing of a site: each is managed, and said to be. */
import type { Violation } from '../../solver/index.js';
import { pathToRoot } from './check-circuits.js';
import { conductorLoads } from './conductor-loads.js';
import type { Site, SiteCircuit } from './site.js';

export function siteNotes(site: Site): readonly Violation[] {
  return [
    ...site.circuits.flatMap((circuit, index) => oversubscribed(site, circuit, index)),
    ...(site.storage ?? []).map(({ id }, index) => ({
      rule: 'storage-not-steered',
      field: `/storage/${index}`,
      message: `${id} is kept as configured; nothing is told to it yet`,
    })),
  ];
}

/** EVSEs below may together want more than a limit: that is what load management is for. */
function oversubscribed(site: Site, circuit: SiteCircuit, index: number): Violation[] {
  const sumA: [number, number, number] = [0, 0, 0];
  for (const evse of site.evses) {
    if (!pathToRoot(site, evse.circuitId).includes(circuit)) continue;
    for (const channel of [0, 1, 2] as const) {
      if (evse.channels[channel]) sumA[channel] += evse.currentMaxA;
    }
  }
  return circuit.limits.flatMap((limit, limitIndex) => {
    const loads = conductorLoads(limit, sumA, circuit.baseLoadMaxA);
    const over = loads.find((each) => each.load > each.limit);
    if (over === undefined) return [];
    const { conductor, unit, load } = over;
    return [
      {
        rule: 'children-exceed-limit',
        field: `/circuits/${index}/limits/${limitIndex}`,
        message:
          `everything below could take ${load.toFixed(1)} ${unit} on ${conductor}, ` +
          `the limit is ${over.limit} ${unit}: managed`,
      },
    ];
  });
}
