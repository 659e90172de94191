/** Every situation of small models, that merging them loses nothing, and that damage is found. */
import { describe, expect, test } from 'vitest';
import type { PossibleCommand } from '../../../ledger/types.js';
import type { SiteState } from '../../../src/control/state.js';
import { amps, type CircuitLimit, type PerChannel } from '../../../solver/index.js';
import { explore } from './explore.js';
import { buildModel, type Model } from './model.js';
import { SMALL_MODELS } from './models.js';

const TIMEOUT_MS = 600_000;
/** Fewer would mean that the models have become smaller than they were. */
const STATES_MIN = 800;
const AUDIT_EVERY = 5;

describe('every situation of a small site', () => {
  test.each(SMALL_MODELS)('I1 I2 hold with $name', { timeout: TIMEOUT_MS }, (model) => {
    const run = explore(model, { auditEvery: AUDIT_EVERY });
    expect(run.violations).toEqual([]);
    expect(run.complete).toBe(true);
    expect(run.states).toBeGreaterThanOrEqual(STATES_MIN);
    expect(run.transitions).toBeGreaterThan(run.states);
    // What is taken for the same is followed by the same.
    expect(run.audit.unlike).toEqual([]);
    expect(run.audit.looked).toBeGreaterThanOrEqual(30);
  });

  test('the same model has the same situations', { timeout: TIMEOUT_MS }, () => {
    const swap = buildModel({ name: 'a swap', workloadMax: 2, callsTotalMax: 3 });
    const runs = [explore(swap), explore(swap)];
    expect(runs[0]).toEqual(runs[1]);
  });
});

/** Drops from every ledger what a rule wants counted. */
function without(isDropped: (command: PossibleCommand) => boolean): NonNullable<Model['damage']> {
  return (state: SiteState) => {
    const evses = [...state.evses].map(([id, evse]) => {
      const commands = evse.ledger.commands.filter((it) => !isDropped(it));
      return [id, { ...evse, ledger: { ...evse.ledger, commands } }] as const;
    });
    return { ...state, evses: new Map(evses) };
  };
}

function found(model: Model): ReadonlySet<string> {
  const { violations } = explore(model);
  for (const { path } of violations) expect(path[0]).toBe('start');
  return new Set(violations.map((it) => it.invariant));
}

describe('damage is found', () => {
  const short = { workloadMax: 1, callsTotalMax: 3 };

  test('R1 without settle time a vehicle that follows late is above W', () => {
    expect(found(buildModel({ ...short, settings: { settleSec: 0 } }))).toContain('I1');
  });

  test('R1 a cut that counts as soon as it is acknowledged', () => {
    const damage = without(({ state }) => state === 'superseded');
    expect(found(buildModel({ ...short, damage }))).toContain('I1');
  });

  test('R2 a call that is not counted before its answer', () => {
    const damage = without(({ state }) => state === 'unanswered');
    expect(found(buildModel({ ...short, damage }))).toContain('I1');
  });

  test('R3 a call that nobody answered and that is taken for not applied', () => {
    const damage = without(({ state }) => state === 'unknown');
    const model = buildModel({ ...short, damage, budget: { losses: 1 } });
    expect(found(model)).toContain('I1');
  });

  test('I2 an engine that takes ratings for 30 % more than they are', () => {
    const model = buildModel(short);
    const circuits = model.site.circuits.map((it) => ({ ...it, limits: it.limits.map(raised) }));
    expect(found({ ...model, siteBelieved: { ...model.site, circuits } })).toContain('I2');
  });
});

function raised(limit: CircuitLimit): CircuitLimit {
  if (limit.kind !== 'wye') return limit;
  const [a, b, c] = limit.limitA.map((it) => amps(it * 1.3)) as unknown as PerChannel<
    ReturnType<typeof amps>
  >;
  return { ...limit, limitA: [a, b, c] };
}
