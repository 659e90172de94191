/** The history of measured power, in quarter hours. */
import type { CircuitId, SiteId } from '../../solver/index.js';

export const QUARTER_MS = 900_000;

/**
 * - `load`   uncontrolled, of a circuit and all below it; negative where more is generated than used
 * - `pv`     generated at a circuit, positive
 * - `import` of the whole site, at its root; vehicles included
 */
export type PowerKind = 'load' | 'pv' | 'import';

export interface PowerSample {
  readonly siteId: SiteId;
  readonly tenantId: string;
  readonly kind: PowerKind;
  readonly circuitId: CircuitId;
  readonly atMs: number;
  readonly powerW: number;
}

export interface PowerHistory {
  /** One statement; the mean of a quarter hour is over all its samples. */
  add(samples: readonly PowerSample[]): Promise<void>;
  /** Means of quarter hours by their start, ascending. */
  read(query: {
    readonly siteId: SiteId;
    readonly kind: PowerKind;
    readonly sinceMs: number;
  }): Promise<
    readonly { readonly circuitId: CircuitId; readonly atMs: number; readonly powerW: number }[]
  >;
  /** The highest mean import of a quarter hour that starts within; 0 where none was measured. */
  peakW(
    siteId: SiteId,
    within: { readonly fromMs: number; readonly untilMs?: number },
  ): Promise<number>;
}
