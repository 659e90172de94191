/** Which sizes an engine is not asked to plan, since it would take too long. */
import type { CanonicalSize } from './canonical.js';

type Size = Pick<CanonicalSize, 'sessionCount' | 'phaseCount'>;

export interface NotRun {
  readonly engine: string;
  readonly sessions: number;
  readonly phases: 1 | 3;
  /** CPU time that one run was predicted to take, or took. */
  readonly predictedSec: number;
}

export interface Patience {
  readonly isWorthTrying: (size: Size) => boolean;
  /** One run of this size took so long. */
  readonly note: (size: Size, cpuMs: number) => void;
  readonly notRun: readonly NotRun[];
}

/** The longest that one run may take. */
const RUN_MAX_SEC = 60;
/** Columns and rows grow with the sessions, and so do its pivots: no simplex in a table does better. */
const GROWTH_EXPONENT = 3;

/** Before anything of a phase count has run, everything is worth a try. */
export function createPatience(engine: string): Patience {
  const seen = new Map<1 | 3, { sessionCount: number; cpuMs: number }>();
  const notRun = new Map<string, NotRun>();
  return {
    isWorthTrying: ({ sessionCount, phaseCount }) => {
      const { sessionCount: knownCount = 1, cpuMs = 0 } = seen.get(phaseCount) ?? {};
      const growth = Math.max(1, sessionCount / knownCount) ** GROWTH_EXPONENT;
      const predictedSec = (cpuMs / 1000) * growth;
      // What took so long once is not tried with more sessions, nor with as many.
      if (predictedSec <= RUN_MAX_SEC || sessionCount < knownCount) return true;
      notRun.set(`${sessionCount} ${phaseCount}`, {
        engine,
        sessions: sessionCount,
        phases: phaseCount,
        predictedSec,
      });
      return false;
    },
    note: ({ sessionCount, phaseCount }, cpuMs) => {
      const known = seen.get(phaseCount);
      if (known !== undefined && known.sessionCount > sessionCount) return;
      const isSameSize = known?.sessionCount === sessionCount;
      const most = isSameSize ? Math.max(known.cpuMs, cpuMs) : cpuMs;
      seen.set(phaseCount, { sessionCount, cpuMs: most });
    },
    get notRun() {
      return [...notRun.values()];
    },
  };
}
