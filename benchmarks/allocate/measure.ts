/** Times the allocator on one site, each time on a problem that it has not seen, and checks it. */
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

/** Looks of a seed: one for the compiled site's last use, one for the kernel, one for the whole. */
const BEFORE = 0;
const KERNEL = 1;
const WHOLE = 2;

export function measureAllocation(size: Omit<AllocationSize, 'look'>): AllocationRun {
  const before = canonicalAllocation({ ...size, look: BEFORE });
  const site = compileSite(before);
  decide(site, canonicalAllocation({ ...size, look: KERNEL }));
  const levels = levelsFromZero(site);
  decide(site, before);
  const kernelUs = microseconds(() => fillByLevel(site, levels, site.filling));
  decide(site, before);
  const problem = canonicalAllocation({ ...size, look: WHOLE });
  const readUs = microseconds(() => readProblem(site, problem));
  const wholeUs = microseconds(() => runStages(site));
  let allocation: Allocation = { limits: [] };
  const answerUs = microseconds(() => {
    allocation = answer(site, problem);
  });
  return {
    evses: size.evseCount,
    phases: size.phaseCount,
    seed: size.seed,
    kernelUs,
    wholeUs,
    edgesUs: readUs + answerUs,
    violations: verifyAllocation(problem, allocation).length,
  };
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
