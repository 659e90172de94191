/**
 * Figures of others that are quoted, not measured here: acnportal 0.3.3 with its own rules on the same
 * sessions and network, % of the energy wanted (Lee et al., arXiv 2012.02636, and its public experiments).
 */
export interface QuotedRow {
  readonly policy: string;
  /** At 20, 30, 40 and 50 kVA; null: not known. */
  readonly energyPercent: readonly (number | null)[];
}

export const QUOTED_KVA = [20, 30, 40, 50] as const;

export const ACNPORTAL_ROWS: readonly QuotedRow[] = [
  { policy: 'FCFS', energyPercent: [null, 80.31, 90.76, 95.71] },
  { policy: 'round robin', energyPercent: [null, 83.26, 91.58, 96.31] },
  { policy: 'EDF', energyPercent: [71.86, 86.21, 96.63, 99.09] },
  { policy: 'LLF', energyPercent: [70.73, 86.53, 97.73, 99.7] },
];
