/**
 * Goals where an owner's policy keeps room for untested stations that fail (R0). What is kept depends on
 * the goals themselves: a station that may have all that it can draw adds nothing by failing. So goals are
 * made with as much kept as the ones before them would have needed, until they need no more than that.
 */
import { compileTree, failureReserve, pathOf, reservedAt } from '../../ledger/index.js';
import { amps, type EvseId, type EvseLimit, type SiteProblem } from '../../solver/index.js';
import type { EvseStanding } from '../sites/snapshot.js';
import { keeping } from '../sites/untested-policy.js';

type Sums = readonly [number, number, number];

/** What is kept only grows from round to round; then it is kept as if none were told anything. */
const ROUNDS_MAX = 12;
const EQUAL_A = 1e-6;

export function goalsUnderPolicy(
  problem: SiteProblem,
  all: readonly EvseStanding[],
  failuresLeft: number | undefined,
  solve: (problem: SiteProblem) => readonly EvseLimit[],
): readonly EvseLimit[] {
  const isAny = all.some(({ state }) => state.ledger.countsAsTold === true);
  if (failuresLeft === undefined || failuresLeft === 0 || !isAny) return solve(problem);
  const keptFor = neededFor(problem, all, failuresLeft);
  let kept: readonly Sums[] = problem.circuits.map(() => [0, 0, 0]);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const limits = solve(withKept(problem, kept));
    const needed = keptFor(new Map(limits.map((it) => [it.evseId, it.limitA])));
    if (kept.every((sums, at) => isWithin(needed[at], sums))) return limits;
    kept = kept.map((sums, at) => largest(sums, needed[at] ?? sums));
  }
  return solve(withKept(problem, keptFor(new Map())));
}

/** By circuit, for goals by EVSE; who claims nothing counts at W. */
function neededFor(
  { nowMs, circuits, evses }: SiteProblem,
  all: readonly EvseStanding[],
  failures: number,
): (goals: ReadonlyMap<EvseId, number>) => readonly Sums[] {
  const tree = compileTree([{ fromMs: nowMs, circuits }]);
  const claims = new Map(evses.map((it) => [it.id, it]));
  return (goals) => {
    const places = all.map(({ evse, state: { ledger } }) => {
      const { claim, reservedA = 0 } = claims.get(evse.id) ?? {};
      const currentA = amps(claim === undefined ? reservedA : (goals.get(evse.id) ?? 0));
      const { stationId, circuitId, channels } = evse;
      const worst = [{ fromMs: nowMs, currentA }];
      return { stationId, path: pathOf(tree, circuitId), channels, ledger, worst };
    });
    const reserve = failureReserve(places, failures);
    return circuits.map((_, index) => reservedAt(reserve, index, nowMs));
  };
}

function withKept(problem: SiteProblem, kept: readonly Sums[]): SiteProblem {
  const circuits = problem.circuits.map((it, index) => keeping(it, kept[index] ?? [0, 0, 0]));
  return { ...problem, circuits };
}

function isWithin(needed: Sums | undefined, kept: Sums): boolean {
  return (needed ?? kept).every((currentA, at) => currentA <= (kept[at] ?? 0) + EQUAL_A);
}

function largest([a, b, c]: Sums, [x, y, z]: Sums): Sums {
  return [Math.max(a, x), Math.max(b, y), Math.max(c, z)];
}
