import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Begun last, each of these would run on when all others are done: half a minute to three minutes on
 * one core. A clean checkout does not know how long files took before.
 */
const LONGEST = [
  'test/browser/station-test',
  'test/system/demo',
  'test/system/limit-offline',
  'test/system/smart-charging-test',
  'test/system/plan',
  'test/system/restart',
  'test/system/bench-command',
  'test/system/simulator',
  'test/system/docs',
  'test/system/ladder',
  'test/system/sim-command',
  'test/system/chaos',
  'test/system/service-sweep',
  'test/system/api-fuzz',
  'test/sim/world',
  'test/sim/cases',
  'test/properties/allocate',
  'test/sim/mutate/mutations',
  'test/benchmarks/replay-site',
  'test/benchmarks/replay',
  'test/sim/lossy-garage',
].map((name) => `/${name}.test.ts`);

export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const place = LONGEST.findIndex((end) => moduleId.endsWith(end));
  return place < 0 ? LONGEST.length : place;
}
