/** Rules of EVSEs and the claims on them. */
import type { Claim, Evse, PilotSet, SiteProblem, Violation } from '../problem.js';
import { duplicates, within } from './rules.js';

export function checkEvses(problem: SiteProblem): Violation[] {
  const { evses } = problem;
  const circuitIds = new Set<string>(problem.circuits.map((circuit) => circuit.id));
  const ids = evses.map((evse) => evse.id);
  return [
    ...duplicates('evse-id-unique', '/evses', ids),
    ...evses.flatMap((evse, index) => checkEvse(`/evses/${index}`, evse, circuitIds)),
  ];
}

function checkEvse(field: string, evse: Evse, circuitIds: ReadonlySet<string>): Violation[] {
  const found = [
    ...within('evse-maximum', `${field}/currentMaxA`, evse.currentMaxA, { above: 0 }),
    ...within('evse-reserve', `${field}/reservedA`, evse.reservedA, { min: 0 }),
    ...checkPilots(`${field}/pilots`, evse.pilots, evse.currentMaxA),
  ];
  if (!circuitIds.has(evse.circuitId)) {
    const message = `circuit ${evse.circuitId} does not exist`;
    found.push({ rule: 'evse-circuit-known', field: `${field}/circuitId`, message });
  }
  if (!evse.channels.includes(true)) {
    const message = 'at least one channel must be true';
    found.push({ rule: 'evse-channels', field: `${field}/channels`, message });
  }
  if (evse.claim === undefined) return found;
  found.push(...checkClaim(`${field}/claim`, evse.claim));
  if (evse.reservedA > 0) {
    const message = `${evse.reservedA} A are reserved for what cannot be controlled; no claim may be`;
    found.push({ rule: 'claim-or-reserve', field: `${field}/reservedA`, message });
  }
  return found;
}

function checkPilots(field: string, pilots: PilotSet, currentMaxA: number): Violation[] {
  if (pilots.kind === 'continuous') {
    return [
      ...within('pilot-minimum', `${field}/minA`, pilots.minA, { above: 0, max: currentMaxA }),
      ...within('pilot-step', `${field}/stepA`, pilots.stepA, { above: 0 }),
    ];
  }
  const smallestA = pilots.valuesA[0];
  if (smallestA === undefined) {
    const message = 'at least one value above 0 must be allowed';
    return [{ rule: 'pilot-set', field: `${field}/valuesA`, message }];
  }
  const found = within('pilot-minimum', `${field}/valuesA/0`, smallestA, {
    above: 0,
    max: currentMaxA,
  });
  for (const [index, valueA] of pilots.valuesA.entries()) {
    const beforeA = pilots.valuesA[index - 1];
    if (beforeA === undefined) continue;
    found.push(...within('pilot-order', `${field}/valuesA/${index}`, valueA, { above: beforeA }));
  }
  return found;
}

function checkClaim(field: string, claim: Claim): Violation[] {
  const { currentMinA, currentMaxA, need, targetA } = claim;
  return [
    ...within('claim-minimum', `${field}/currentMinA`, currentMinA, { above: 0 }),
    ...within('claim-range', `${field}/currentMaxA`, currentMaxA, { min: currentMinA }),
    ...within('claim-time', `${field}/pluggedInAtMs`, claim.pluggedInAtMs, {}),
    ...within('claim-time', `${field}/sinceMs`, claim.sinceMs, {}),
    ...within('claim-last-limit', `${field}/lastLimitA`, claim.lastLimitA, { min: 0 }),
    ...within('claim-priority', `${field}/priority`, claim.priority, {}),
    ...(targetA === undefined
      ? []
      : within('claim-target', `${field}/targetA`, targetA, { min: 0 })),
    ...(need === undefined
      ? []
      : [
          ...within('need-energy', `${field}/need/energyWh`, need.energyWh, { min: 0 }),
          ...within('need-departure', `${field}/need/departureAtMs`, need.departureAtMs, {}),
        ]),
  ];
}
