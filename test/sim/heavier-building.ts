/** The building of a site, made larger. */
import { amps, type CircuitLimit } from '../../solver/index.js';
import type { Scenario } from './scenario.js';

type Circuit = Scenario['site']['circuits'][number];

/** The same room for vehicles beside a larger building. */
export function withBaseLoad(circuit: Circuit, baseA: number): Circuit {
  const moreA = baseA - circuit.baseLoadMaxA[0];
  const more = (limitA: number) => amps(limitA + moreA);
  const limits = circuit.limits.map((limit): CircuitLimit => {
    if (limit.kind !== 'wye' && limit.kind !== 'line') return limit;
    const [a, b, c] = limit.limitA;
    return { ...limit, limitA: [more(a), more(b), more(c)] };
  });
  return { ...circuit, limits, baseLoadMaxA: [amps(baseA), amps(baseA), amps(baseA)] };
}
