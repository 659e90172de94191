import { deepStrictEqual } from 'node:assert';
import { describe, expect, test } from 'vitest';
import { canonicalAllocation } from '../../benchmarks/allocate/canonical.js';
import { type AllocationRun, measureAllocation } from '../../benchmarks/allocate/measure.js';
import { markdown, summarise } from '../../benchmarks/allocate/summary.js';
import { allocate, checkProblem, compileSite } from '../../solver/index.js';
import { hasShapeOf } from '../../solver/realtime/compile-site.js';

describe('the canonical site', () => {
  test('is valid, occupied, and short of current on the connection and on panels', () => {
    const bound = new Set<string>();
    for (let seed = 1; seed <= 12; seed += 1) {
      const problem = canonicalAllocation({ evseCount: 54, phaseCount: 3, seed, look: 0 });
      deepStrictEqual(checkProblem(problem), []);
      expect(problem.evses.every((evse) => evse.claim !== undefined)).toBe(true);
      expect(problem.circuits.length).toBe(7);
      for (const { boundBy } of allocate(problem).limits) {
        if (boundBy.kind === 'circuit') bound.add(boundBy.circuitId.replace(/-.*/, ''));
      }
    }
    deepStrictEqual([...bound].toSorted(), ['grid', 'panel']);
  });

  test('keeps its wiring from look to look, and nothing else', () => {
    const at = (look: number) =>
      canonicalAllocation({ evseCount: 30, phaseCount: 3, seed: 5, look });
    expect(hasShapeOf(compileSite(at(0)), at(1))).toBe(true);
    expect(at(0).evses.map((it) => it.claim?.need)).not.toEqual(
      at(1).evses.map((it) => it.claim?.need),
    );
    deepStrictEqual(at(1), at(1));
    const one = canonicalAllocation({ evseCount: 30, phaseCount: 1, seed: 5, look: 0 });
    expect(one.evses.every(({ channels }) => channels[0] && !channels[1])).toBe(true);
  });
});

test('measures problems and finds no rule broken', () => {
  const runs = measureAllocation({ evseCount: 20, phaseCount: 3, seed: 3 });
  expect(runs.length).toBe(6);
  for (const { violations, kernelUs, wholeUs, edgesUs } of runs) {
    expect(violations).toBe(0);
    expect(Math.min(kernelUs, wholeUs, edgesUs)).toBeGreaterThan(0);
  }
});

test('summarises a size by its median and 99th percentile, and counts broken rules', () => {
  const run = (kernelUs: number, wholeUs: number, violations = 0): AllocationRun => {
    return { evses: 54, phases: 3, seed: 1, kernelUs, wholeUs, edgesUs: 4, violations };
  };
  const summary = summarise([run(5, 10), run(7, 20), run(90, 300, 2)]);
  expect(summary).toEqual([
    {
      evses: 54,
      phases: 3,
      runs: 3,
      kernelUs: 7,
      kernelP99Us: 90,
      wholeUs: 20,
      wholeP99Us: 300,
      wholeTimesKernel: 20 / 7,
      edgesUs: 4,
      violations: 2,
    },
  ]);
  expect(markdown(summary)).toContain(
    '| 3 | 54 | 3 | 7.0 | 90.0 | 20.0 | 300.0 | 2.9 x | 4.0 | 2 |',
  );
});
