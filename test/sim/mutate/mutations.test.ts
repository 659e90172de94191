/** The catalogue cannot rot, and what it takes away is missed. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { describe, expect, test } from 'vitest';
import type { Invariant } from '../violation.js';
import { MUTATIONS } from './catalogue.js';
import { type Mutation, patched, RULES } from './mutation.js';
import { runMutations } from './run-mutations.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SEEDS_MAX = 40;
const TIMEOUT_MS = 600_000;

/** Found within a few seeds each, by the check that is there for it. */
const QUICK: readonly (readonly [string, Invariant])[] = [
  ['a station nobody has heard of counts as limited by F0', 'I1'],
  ['an acknowledged decrease counts at once', 'I1'],
  ['over an unknown call the goal itself is sent', 'increase'],
  ['an increase leaves whether it fits or not', 'increase'],
  ['what is granted beside the meter has leases of any length', 'I2'],
  ['no cut is sent when a limit falls', 'I3'],
  ['limits that are known to fall later are not looked at', 'I3'],
  ['a station that draws above its grant is believed', 'overdraw'],
  ['a station that reports no currents may draw any power', 'overdraw'],
  ['a register may rise by any amount', 'overdraw'],
  ['nobody draws more than the hardware maximum', 'overdraw'],
  ['an operator may set and clear charging profiles', 'operator'],
  ['the phases of an EVSE are taken for those of the supply', 'I1'],
  ['steps of a lease earn credit although no composite showed them', 'I1'],
  ['the failsafe of a grid link is known only once it holds', 'I4'],
  ['a profile is believed to take the place of the one before it without having been shown', 'I1'],
];

describe('the catalogue', () => {
  test('has mutations of every rule, each named once', () => {
    const rules = new Set(MUTATIONS.map(({ rule }) => rule));
    expect(RULES.filter((rule) => !rules.has(rule))).toEqual([]);
    expect(new Set(MUTATIONS.map(({ what }) => what)).size).toBe(MUTATIONS.length);
  });

  test.each(MUTATIONS)('$rule $what: the text is there once', async (mutation) => {
    const text = readFileSync(join(ROOT, mutation.file), 'utf8');
    const without = patched(text, mutation);
    expect(without).not.toBe(text);
    const { code } = await transform(without, { loader: 'ts' });
    expect(code.length).toBeGreaterThan(0);
  });

  test('a text that is not there, or there twice, is refused by name', () => {
    const [first] = MUTATIONS;
    const mutation: Mutation = { ...(first as Mutation), find: 'gone' };
    expect(() => patched('nothing', mutation)).toThrow(mutation.what);
    expect(() => patched('gone and gone', mutation)).toThrow('occurs 2 times');
    expect(patched('it is gone.', { ...mutation, replace: 'back' })).toBe('it is back.');
  });
});

describe('a rule that is missing is missed', () => {
  test.each(QUICK)('%s: %s', { timeout: TIMEOUT_MS }, async (what, invariant) => {
    const mutations = MUTATIONS.filter((it) => it.what === what);
    const [result] = await runMutations({ mutations, from: 1, seeds: SEEDS_MAX, jobs: 1 });
    expect(result?.foundAtSeed).toBeLessThanOrEqual(SEEDS_MAX);
    expect(result?.invariant).toBe(invariant);
  });

  test('a mutation that changes nothing is not found', { timeout: TIMEOUT_MS }, async () => {
    const nothing: Mutation = {
      rule: 'R1',
      what: 'nothing',
      file: 'ledger/transitions.ts',
      find: 'const countsUntilMs = atMs + ownSettings(entry, settings).settleSec * 1000;',
      replace: 'const countsUntilMs = ownSettings(entry, settings).settleSec * 1000 + atMs;',
    };
    const [result] = await runMutations({ mutations: [nothing], from: 1, seeds: 2, jobs: 1 });
    expect(result).toEqual({ rule: 'R1', what: 'nothing', seedsTried: 2 });
  });

  test('a mutation of a file that the simulation does not use is an error', async () => {
    const unused: Mutation = {
      rule: 'R1',
      what: 'elsewhere',
      file: 'src/main.ts',
      find: 'import',
      replace: 'import',
    };
    const run = { mutations: [unused], from: 1, seeds: 1, jobs: 1 };
    await expect(runMutations(run)).rejects.toThrow('elsewhere');
  });
});
