/** What is allowed and yet worth knowing of a site: each is managed, and said to be. */
import type { Violation } from '../../solver/index.js';
import { pathToRoot } from './check-circuits.js';
import { conductorLoads } from './conductor-loads.js';
import type { Site, SiteCircuit, SiteStorage } from './site.js';

export function siteNotes(site: Site): readonly Violation[] {
  return [
    ...site.circuits.flatMap((circuit, index) => oversubscribed(site, circuit, index)),
    ...(site.storage ?? []).flatMap((storage, index) => notDeclared(site, storage, index)),
  ];
}

/** Its charging is uncontrolled load: more than is declared it is never told to take. */
function notDeclared(site: Site, storage: SiteStorage, index: number): readonly Violation[] {
  const declared = pathToRoot(site, storage.circuitId).flatMap((it) => it.baseLoadMaxA);
  const declaredW = 3 * site.voltageLineToNeutralV * Math.min(...declared);
  if (declaredW >= storage.chargeMaxW) return [];
  const message =
    `${storage.id} is charged with at most ${Math.round(declaredW)} W: baseLoadMaxA of its circuits ` +
    `declares no more, and what it takes counts in that`;
  return [{ rule: 'storage-charge-not-declared', field: `/storage/${index}`, message }];
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
