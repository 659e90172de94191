/** Which numbers of a sequence have arrived, in any order, as runs: repeats change nothing. */

/** Inclusive runs, ascending, never touching. */
export type SequenceSeen = readonly (readonly [from: number, to: number])[];

/** More holes than this are one hole. */
const RUNS_MAX = 16;

export function withNumber(seen: SequenceSeen, seqNo: number): SequenceSeen {
  if (!Number.isSafeInteger(seqNo) || seqNo < 0) return seen;
  if (seen.some(([from, to]) => from <= seqNo && seqNo <= to)) return seen;
  const runs = [...seen, [seqNo, seqNo] as const].toSorted(([a], [b]) => a - b);
  const joined: [number, number][] = [];
  for (const [from, to] of runs) {
    const last = joined.at(-1);
    if (last !== undefined && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  const [first, second, ...rest] = joined;
  if (joined.length <= RUNS_MAX || first === undefined || second === undefined) return joined;
  return [[first[0], second[1]], ...rest];
}

/** Numbers between the lowest and the highest that have not arrived. */
export function missingCount(seen: SequenceSeen): number {
  return seen.reduce((sum, [from], index) => {
    const before = seen[index - 1];
    return before === undefined ? sum : sum + from - before[1] - 1;
  }, 0);
}
