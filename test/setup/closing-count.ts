/** The plain line that ends a run: written by its reporter, added up where several runs are one. */
export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NOTHING: Count = { passed: 0, failed: 0, skipped: 0 };

export function closingLine({ passed, failed, skipped }: Count): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Undefined: another line. */
export function countIn(line: string): Count | undefined {
  const found = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(line);
  if (found === null) return undefined;
  const [, passed, failed, skipped = 0] = found;
  return { passed: Number(passed), failed: Number(failed), skipped: Number(skipped) };
}

export function totalOf(counts: readonly Count[]): Count {
  return counts.reduce(
    (sum, it) => ({
      passed: sum.passed + it.passed,
      failed: sum.failed + it.failed,
      skipped: sum.skipped + it.skipped,
    }),
    NOTHING,
  );
}
