/** Times the allocator on one site, each time on a problem that it has not timed, and checks it. */
import {
  type Allocation,
  answer,
  type CompiledSite,
  compileSite,
  decide,
  fillByLevel,
  type LevelFunctions,
  readProblem,
  runStages,
  verifyAllocation,
} from '../../solver/index.js';
import { type AllocationSize, canonicalAllocation } from './canonical.js';

export interface AllocationRun {
  readonly evses: number;
  readonly phases: 1 | 3;
  readonly seed: number;
  /** Filling alone, every EVSE rising from 0 A to its maximum. */
  readonly kernelUs: number;
  /** All stages, from columns of claims and limits to limits and reason codes. */
  readonly wholeUs: number;
  /** The problem's objects as columns before that, and limits and codes as objects after it. */
  readonly edgesUs: number;
  /** Rules that the independent check found broken. */
  readonly violations: number;
}

/** Problems of a site that follow each other, as they do in a service; each is timed once. */
const LOOKS = 6;

/** One run a look. Everything is drawn before, and checked after, anything is timed. */
export function measureAllocation(size: Omit<AllocationSize, 'look'>): AllocationRun[] {
  const problems = Array.from({ length: LOOKS }, (_, look) =>
    canonicalAllocation({ ...size, look }),
  );
  const site = compileSite(canonicalAllocation({ ...size, look: LOOKS }));
  const levels = problems.map((problem) => {
    decide(site, problem);
    return levelsFromZero(site);
  });
  const kernelsUs = levels.map((it) => microseconds(() => fillByLevel(site, it, site.filling)));
  const timed = problems.map((problem) => {
    const readUs = microseconds(() => readProblem(site, problem));
    const wholeUs = microseconds(() => runStages(site));
    let allocation: Allocation = { limits: [] };
    const answerUs = microseconds(() => {
      allocation = answer(site, problem);
    });
    return { problem, wholeUs, edgesUs: readUs + answerUs, allocation };
  });
  return timed.map(({ problem, wholeUs, edgesUs, allocation }, look) => ({
    evses: size.evseCount,
    phases: size.phaseCount,
    seed: size.seed,
    kernelUs: kernelsUs[look] ?? Number.NaN,
    wholeUs,
    edgesUs,
    violations: verifyAllocation(problem, allocation).length,
  }));
}

/** What the site was asked last, without minimums: all of its EVSEs move. */
function levelsFromZero({ table, evseAt }: CompiledSite): LevelFunctions {
  return {
    slope: table.slope.slice(),
    zeroSec: table.zeroSec.slice(),
    lowA: new Float64Array(evseAt.length),
    highA: table.maxA.slice(),
    reservedA: table.reservedA.slice(),
  };
}

function microseconds(run: () => void): number {
  const start = performance.now();
  run();
  return (performance.now() - start) * 1000;
}
