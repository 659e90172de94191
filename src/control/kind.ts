/** Vendor, model and firmware: what the offline tests speak for (SAFETY R0). */
import type { StationState } from './state.js';

interface Named {
  readonly vendor: string;
  readonly model: string | undefined;
  readonly firmware?: string | undefined;
}

/** What a capability card says to the engine (SAFETY R0, R1). */
export interface KindCredit {
  /** Vendor, model and firmware as `kindOf` writes them. */
  readonly kind: string;
  /** All three offline tests were passed. */
  readonly offlineTested: boolean;
  /** One of them was failed last: no record by hand counts against what was measured. */
  readonly offlineFailed?: true | undefined;
  /** The end of the newest test that it rests on. */
  readonly asOfMs: number;
  /** Measured p99 + 2 s, where that is above the site's settle time. */
  readonly settleSec?: number | undefined;
  /** A test has shown whether it switches phases (R12); absent: none has. */
  readonly switchesPhases?: boolean | undefined;
  /** Whether it charges again by itself after 0 A; absent: none has. */
  readonly resumes?: boolean | undefined;
  /** And whether it uses the phase that it is told to use. */
  readonly takesPhaseToUse?: boolean | undefined;
}

/** One text for the three. */
export function kindKey({ vendor, model, firmware }: Named): string {
  return JSON.stringify([vendor, model, firmware]);
}

/** Undefined before the first boot. */
export function kindOf({ vendor, model, firmware }: StationState): string | undefined {
  return vendor === undefined ? undefined : kindKey({ vendor, model, firmware });
}
