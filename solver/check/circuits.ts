/** Rules of circuits: a tree, wired as the site is wired, with numbers that mean something. */
import type { Circuit, CircuitLimit, SiteProblem, Supply, Violation } from '../problem.js';
import { duplicates, eachWithin, within } from './rules.js';

/** What each wiring can be limited by; `power` fits both. */
const KINDS: Readonly<Record<Supply, readonly CircuitLimit['kind'][]>> = {
  wye: ['wye', 'power'],
  delta: ['pair-sum', 'line', 'delta-primary', 'power'],
};

export function checkCircuits(problem: SiteProblem): Violation[] {
  const { circuits, supply } = problem;
  const ids = circuits.map((circuit) => circuit.id);
  const found = duplicates('circuit-id-unique', '/circuits', ids);
  if (circuits.length === 0) {
    const message = 'a site has at least its grid connection point';
    found.push({ rule: 'circuit-root', field: '/circuits', message });
  }
  for (const [index, circuit] of circuits.entries()) {
    found.push(
      ...checkParent(circuits, circuit, index),
      ...eachWithin('base-load', `/circuits/${index}/baseLoadA`, circuit.baseLoadA, { min: 0 }),
      ...eachWithin('kept-free', `/circuits/${index}/keptA`, circuit.keptA ?? [], { min: 0 }),
    );
    for (const [at, limit] of circuit.limits.entries()) {
      found.push(...checkLimit(`/circuits/${index}/limits/${at}`, limit, supply));
    }
  }
  return found;
}

function checkParent(circuits: readonly Circuit[], circuit: Circuit, index: number): Violation[] {
  const field = `/circuits/${index}/parentId`;
  const { parentId } = circuit;
  if (parentId === undefined) {
    if (index === 0) return [];
    const message = `only the first circuit has no parent; ${circuit.id} needs one`;
    return [{ rule: 'circuit-root', field, message }];
  }
  const parentAt = circuits.findIndex((candidate) => candidate.id === parentId);
  if (parentAt < 0) {
    const message = `circuit ${parentId} does not exist`;
    return [{ rule: 'circuit-parent-known', field, message }];
  }
  if (parentAt < index) return [];
  const message = `circuit ${parentId} at ${parentAt} does not come before ${index}`;
  return [{ rule: 'circuit-parent-first', field, message }];
}

function checkLimit(field: string, limit: CircuitLimit, supply: Supply): Violation[] {
  const allowed = KINDS[supply];
  const found = allowed.includes(limit.kind)
    ? []
    : [
        {
          rule: 'limit-kind-of-supply',
          field: `${field}/kind`,
          message: `${limit.kind} does not fit a ${supply} site, which takes ${allowed.join(', ')}`,
        },
      ];
  return [...found, ...checkLimitNumbers(field, limit)];
}

function checkLimitNumbers(field: string, limit: CircuitLimit): Violation[] {
  switch (limit.kind) {
    case 'wye':
    case 'line':
      return eachWithin('limit-value', `${field}/limitA`, limit.limitA, { min: 0 });
    case 'delta-primary':
      return [
        ...eachWithin('limit-value', `${field}/limitA`, limit.limitA, { min: 0 }),
        ...within('turns-ratio', `${field}/turnsRatio`, limit.turnsRatio, { above: 0 }),
      ];
    case 'pair-sum': {
      const found = within('limit-value', `${field}/limitA`, limit.limitA, { min: 0 });
      if ([0, 1, 2].includes(limit.pair)) return found;
      const message = `${String(limit.pair)} is not one of 0 (AB), 1 (BC), 2 (CA)`;
      return [...found, { rule: 'limit-pair', field: `${field}/pair`, message }];
    }
    case 'power':
      return [
        ...within('limit-value', `${field}/limitW`, limit.limitW, { min: 0 }),
        ...within('voltage', `${field}/voltageV`, limit.voltageV, { above: 0 }),
      ];
  }
}
