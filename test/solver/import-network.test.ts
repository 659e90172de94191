import { deepStrictEqual } from 'node:assert';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type CircuitTree,
  type NetworkImport,
  checkProblem,
  compileTree,
  importNetwork,
  overloads,
} from '../../solver/index.js';
import { randomFrom } from './random-site.js';
import { site } from './site-builder.js';

interface RawNetwork {
  readonly evses: readonly { readonly id: string; readonly connection: string }[];
  readonly constraints: readonly {
    readonly name: string;
    readonly limit_A: number;
    readonly coefficients: Readonly<Record<string, number>>;
  }[];
}

const ANGLE: Readonly<Record<string, number>> = {
  AB: Math.PI / 6,
  BC: -Math.PI / 2,
  CA: (5 * Math.PI) / 6,
};

/** Largest excess over the file's own constraints, A; negative when feasible. */
function rawExcessA(network: RawNetwork, ratesA: readonly number[], skip = ''): number {
  let worstA = -Infinity;
  for (const { coefficients, limit_A: limitA, name } of network.constraints) {
    if (skip !== '' && name.includes(skip)) continue;
    let re = 0;
    let im = 0;
    for (const [index, evse] of network.evses.entries()) {
      const a = (coefficients[evse.id] ?? 0) * (ratesA[index] ?? 0);
      re += a * Math.cos(ANGLE[evse.connection] ?? Number.NaN);
      im += a * Math.sin(ANGLE[evse.connection] ?? Number.NaN);
    }
    worstA = Math.max(worstA, Math.hypot(re, im) - limitA);
  }
  return worstA;
}

type Imported = Extract<NetworkImport, { status: 'imported' }>;

function imported(json: unknown, capacityKva?: number): Imported {
  const result = importNetwork(json, capacityKva === undefined ? {} : { capacityKva });
  if (result.status !== 'imported') throw new Error(JSON.stringify(result.violations));
  return result;
}

const treeOf = (network: Imported): CircuitTree => compileTree(network);

/** Random rates around the edge of what is feasible; returns how many were feasible. */
function compareOnRandomRates(network: RawNetwork, tree: CircuitTree, runs: number): number {
  const random = randomFrom(7);
  let feasible = 0;
  for (let run = 0; run < runs; run += 1) {
    const emphasis = [random(), random(), random()];
    const scale = 100 * random();
    const ratesA = network.evses.map((evse) => {
      const pair = ['AB', 'BC', 'CA'].indexOf(evse.connection);
      return random() < 0.3 ? 0 : scale * random() * (emphasis[pair] ?? 0);
    });
    const excessA = rawExcessA(network, ratesA);
    if (Math.abs(excessA) < 1e-5) continue;
    const ours = overloads(tree, Float64Array.from(ratesA)).length === 0;
    expect(ours).toBe(excessA < 0);
    if (ours) feasible += 1;
  }
  return feasible;
}

const pods = (letter: string, connection: string, count: number): RawNetwork['evses'] =>
  Array.from({ length: count }, (_, at) => ({
    id: `${letter}${at}`,
    connection,
    voltage: 208,
    max_rate_A: 32,
    continuous: false,
    allowable_pilots_A: [0, 8, 16, 24, 32],
  }));

const EVSES = [...pods('x', 'AB', 4), ...pods('y', 'BC', 3), ...pods('z', 'CA', 3)];
const ids = (letter: string, count: number, value: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`${letter}${at}`, value]));

const [ab, bc, ca] = [
  (value: number) => ids('x', 4, value),
  (value: number) => ids('y', 3, value),
  (value: number) => ids('z', 3, value),
];

const OWN: RawNetwork = {
  evses: EVSES,
  constraints: [
    { name: 'Pod', limit_A: 50, coefficients: ids('x', 2, 1) },
    { name: 'Secondary A', limit_A: 110, coefficients: { ...ab(1), ...ca(-1) } },
    { name: 'Secondary B', limit_A: 110, coefficients: { ...ab(-1), ...bc(1) } },
    { name: 'Secondary C', limit_A: 110, coefficients: { ...bc(-1), ...ca(1) } },
    { name: 'Primary A', limit_A: 48, coefficients: { ...ab(0.25), ...bc(0.25), ...ca(-0.5) } },
    { name: 'Primary B', limit_A: 48, coefficients: { ...ab(-0.5), ...bc(0.25), ...ca(0.25) } },
    { name: 'Primary C', limit_A: 48, coefficients: { ...ab(0.25), ...bc(-0.5), ...ca(0.25) } },
  ],
};

describe('a network of one transformer', () => {
  const network = imported(OWN);

  test('becomes a transformer with a pod below it', () => {
    deepStrictEqual(
      network.circuits.map(({ id, name, parentId, limits }) => ({
        id,
        name,
        parentId,
        kinds: limits.map((limit) => limit.kind),
      })),
      [
        {
          id: 'transformer',
          name: 'Transformer',
          parentId: undefined,
          kinds: ['line', 'delta-primary'],
        },
        { id: 'pod', name: 'Pod', parentId: 'transformer', kinds: ['pair-sum'] },
      ],
    );
    deepStrictEqual(
      network.evses.map((evse) => evse.circuitId),
      ['pod', 'pod', ...Array.from({ length: 8 }, () => 'transformer')],
    );
    deepStrictEqual(network.evses[4], {
      id: 'y0',
      circuitId: 'transformer',
      channels: [false, true, false],
      currentMaxA: 32,
      pilots: { kind: 'set', valuesA: [8, 16, 24, 32] },
    });
  });

  test('is a well-formed problem', () => {
    const evses = network.evses.map((evse) => Object.assign({ reservedA: 0 }, evse));
    const problem = site(network.circuits, evses as never, 'delta');
    deepStrictEqual(checkProblem(problem), []);
  });

  test('allows exactly the rates that its constraints allow', () => {
    const feasible = compareOnRandomRates(OWN, treeOf(network), 3000);
    expect(feasible).toBeGreaterThan(300);
    expect(feasible).toBeLessThan(2700);
  });

  test('can be given another capacity', () => {
    const [root] = imported(OWN, 30).circuits;
    const lineA = 10_000 / 120;
    const primaryA = 10_000 / 277;
    deepStrictEqual(
      root?.limits.map((limit) => ('limitA' in limit ? limit.limitA : undefined)),
      [
        [lineA, lineA, lineA],
        [primaryA, primaryA, primaryA],
      ],
    );
  });

  test('is stricter, never looser, where one primary line stands alone', () => {
    const alone = {
      ...OWN,
      constraints: OWN.constraints.filter((entry) => entry.name === 'Primary A'),
    };
    const tree = treeOf(imported(alone));
    const random = randomFrom(11);
    let stricter = 0;
    for (let run = 0; run < 3000; run += 1) {
      const ratesA = EVSES.map(() => 100 * random() * random());
      const excessA = rawExcessA(alone, ratesA);
      const ours = overloads(tree, Float64Array.from(ratesA)).length === 0;
      if (ours) expect(excessA).toBeLessThan(1e-5);
      if (!ours && excessA < 0) stricter += 1;
    }
    expect(stricter).toBeGreaterThan(0);
  });

  test('keeps the meaning of lines that the file does not limit', () => {
    const some = {
      ...OWN,
      constraints: OWN.constraints.filter((entry) => /Pod|Secondary [AB]/.test(entry.name)),
    };
    expect(compareOnRandomRates(some, treeOf(imported(some)), 2000)).toBeGreaterThan(200);
  });
});

describe('a network without a common circuit', () => {
  const split: RawNetwork = {
    evses: EVSES,
    constraints: [
      { name: 'North I_a', limit_A: 60, coefficients: { ...ids('x', 2, 1), ...ids('z', 1, -1) } },
      { name: 'North I_b', limit_A: 50, coefficients: ids('x', 2, -1) },
      { name: 'North I_c', limit_A: 20, coefficients: ids('z', 1, 1) },
      { name: 'South', limit_A: 40, coefficients: { x2: 1, x3: 1 } },
    ],
  };

  test('gets a virtual root without limits, and lines that carry one pair join their panel', () => {
    const network = imported(split);
    deepStrictEqual(
      network.circuits.map(({ id, limits }) => [id, limits.length]),
      [
        ['site', 0],
        ['north', 1],
        ['south', 1],
      ],
    );
    expect(network.circuits[1]?.limits[0]).toMatchObject({ kind: 'line', limitA: [60, 50, 20] });
    expect(compareOnRandomRates(split, treeOf(network), 2000)).toBeGreaterThan(200);
  });

  test('cannot be given a transformer capacity', () => {
    expect(importNetwork(split, { capacityKva: 30 })).toMatchObject({
      status: 'refused',
      violations: [{ rule: 'network-capacity' }],
    });
  });
});

describe('what is refused by name', () => {
  const rulesOf = (json: unknown): string[] => {
    const result = importNetwork(json);
    return result.status === 'refused' ? result.violations.map(({ rule }) => rule) : [];
  };
  const constrained = (coefficients: Record<string, number>, limitA = 50): unknown => ({
    evses: EVSES,
    constraints: [{ name: 'odd', limit_A: limitA, coefficients }],
  });

  test('is a pattern that is no line, primary or pair', () => {
    deepStrictEqual(rulesOf(constrained({ x0: 1, y0: 1 })), ['network-pattern-known']);
    deepStrictEqual(rulesOf(constrained({ x0: 1, x1: 2 })), ['network-pattern-known']);
    deepStrictEqual(rulesOf(constrained({ x0: 2 })), ['network-pattern-known']);
    deepStrictEqual(rulesOf(constrained({ x0: 1, y0: -1, z0: 1 })), ['network-pattern-known']);
    deepStrictEqual(rulesOf(constrained({ x0: 0.25, y0: 0.25, z0: -0.4 })), [
      'network-pattern-known',
    ]);
  });

  test('is a set that overlaps another without inclusion', () => {
    const crossing = {
      evses: EVSES,
      constraints: [
        { name: 'p', limit_A: 50, coefficients: { x0: 1, x1: 1 } },
        { name: 'q', limit_A: 50, coefficients: { x1: 1, x2: 1 } },
      ],
    };
    deepStrictEqual(rulesOf(crossing), ['network-not-a-tree']);
  });

  test('is a file that is not a network', () => {
    deepStrictEqual(rulesOf(null), ['network-shape']);
    deepStrictEqual(rulesOf({ evses: [], constraints: 1 }), ['network-shape']);
    deepStrictEqual(rulesOf(constrained({ nobody: 1 })), ['network-evse-known']);
    deepStrictEqual(rulesOf(constrained({ x0: 1 }, 0)), ['network-limit']);
    deepStrictEqual(rulesOf(constrained({})), ['network-coefficients']);
    const altered = (change: object): string[] =>
      rulesOf({ evses: [{ ...EVSES[0], ...change }], constraints: [] });
    deepStrictEqual(altered({ voltage: 240 }), ['network-voltage']);
    deepStrictEqual(altered({ connection: 'AN' }), ['network-connection']);
    deepStrictEqual(altered({ max_rate_A: -1 }), ['network-maximum']);
    deepStrictEqual(altered({ allowable_pilots_A: [0, 8, 6] }), ['network-pilots']);
    deepStrictEqual(altered({ id: 5 }), ['network-evse-id']);
  });

  test('is not a continuous EVSE, which starts at 6 A', () => {
    const evses = [{ ...EVSES[0], continuous: true }];
    const [evse] = imported({ evses, constraints: [] }).evses;
    deepStrictEqual(evse?.pilots, { kind: 'continuous', minA: 6, stepA: 0.1 });
  });
});

const shared = process.env['BUSBAR_SHARED'] ?? path.resolve(import.meta.dirname, '../../../shared');
const folder = process.env['BUSBAR_DATA'] ?? path.join(shared, 'data');
const file = (name: string): string => path.join(folder, 'sites', `${name}.json`);
if (existsSync(file('caltech_acn'))) describe('the real networks', testRealNetworks);
else console.log(`no network files in ${folder}: tested on the project's own networks only`);

function testRealNetworks(): void {
  const read = (name: string): RawNetwork => JSON.parse(readFileSync(file(name), 'utf8'));

  test.each([
    ['caltech_acn', ['transformer', 'av-pod', 'cc-pod']],
    ['office001_acn', ['transformer']],
    [
      'jpl_acn',
      [
        'site',
        'third-fourth-floor-transformer',
        'third-floor-panel',
        'fourth-floor-panel',
        'first-floor-transformer',
        'first-floor-sp2',
        'first-floor-sp1',
      ],
    ],
  ])('%s allows the same rates as its tree', (name, circuits) => {
    const raw = read(name);
    const network = imported(raw);
    deepStrictEqual(network.circuits.map(({ id }) => id).sort(), [...circuits].sort());
    const feasible = compareOnRandomRates(raw, treeOf(network), 3000);
    expect(feasible).toBeGreaterThan(100);
  });

  test('of Caltech at 30 kVA has the limits of the published form', () => {
    const [root] = imported(read('caltech_acn'), 30).circuits;
    const [secondary, ahead] = root?.limits ?? [];
    expect(secondary).toMatchObject({
      kind: 'line',
      limitA: [10_000 / 120, 10_000 / 120, 10_000 / 120],
    });
    expect(ahead).toMatchObject({ kind: 'delta-primary', turnsRatio: 4 });
  });

  test('of JPL has two transformers and so no one capacity', () => {
    expect(importNetwork(read('jpl_acn'), { capacityKva: 100 }).status).toBe('refused');
  });
}
