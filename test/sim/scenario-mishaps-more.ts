/** Mishaps by dice of their own again, so that worlds without them stay what they were. */
import { dice, type Dice } from './random.js';
import type { EngineFault } from './scenario-faults.js';
import { halfOfBudget, mishap, type StuckMeter } from './scenario-mishaps.js';
import { MINUTE_MS, type Scenario, START_MS } from './scenario.js';

/** Of seeds. */
const FRACTION = 0.2;
const KINDS = ['copies', 'other-clocks', 'stuck-meters', 'hints', 'late-samples'] as const;

export function withMoreMishaps(scenario: Scenario): Scenario {
  const random = dice(scenario.seed, 'more mishaps');
  return random.chance(FRACTION) ? BEFALL[random.pick(KINDS)](scenario, random) : scenario;
}

const BEFALL: Readonly<
  Record<(typeof KINDS)[number], (scenario: Scenario, random: Dice) => Scenario>
> = {
  copies: (scenario, random) =>
    mishap(scenario, { copiedFraction: random.pick([0.01, 0.05, 0.2]) }),
  // Clocks of stations that are set go to the end of the budget by themselves.
  'other-clocks': (scenario, random) =>
    scenario.mishaps?.clockSteps === undefined
      ? otherClocks(scenario, random, random.int(1, 4))
      : scenario,
  'stuck-meters': (scenario, random) =>
    mishap(scenario, { stuckMeters: stuckMeters(scenario, random, 0.3) }),
  hints: (scenario, random) => mishap(scenario, { hintsAtMs: hints(scenario, random) }),
  'late-samples': (scenario, random) => ({
    ...scenario,
    stations: scenario.stations.map((spec) =>
      random.chance(0.3) ? { ...spec, samplesLateMs: random.int(30_000, 600_000) } : spec,
    ),
  }),
};

/** Late, false, or several of one signal at once, after a while in which none came. */
function hints({ faultsEndMs }: Scenario, random: Dice): readonly number[] {
  return Array.from({ length: random.int(1, 40) }, () => random.int(START_MS, faultsEndMs)).flatMap(
    (atMs) => Array.from({ length: random.int(1, 3) }, () => atMs),
  );
}

/** Each for some minutes, or for all the time that is left. */
export function stuckMeters(
  { stations, faultsEndMs }: Pick<Scenario, 'stations' | 'faultsEndMs'>,
  random: Dice,
  fraction: number,
): readonly StuckMeter[] {
  return stations.flatMap(({ id }): readonly StuckMeter[] => {
    if (!random.chance(fraction)) return [];
    const atMs = random.int(START_MS + MINUTE_MS, faultsEndMs);
    const untilMs = random.chance(0.5) ? faultsEndMs : atMs + random.int(1, 12) * MINUTE_MS;
    return [{ stationId: id, atMs, untilMs: Math.min(faultsEndMs, untilMs) }];
  });
}

/**
 * Processes of ours die, or lose the site, and the next one has a clock of its own: each is wrong by half of
 * the skew budget at the most, so that two differ by all of it.
 */
export function otherClocks(scenario: Scenario, random: Dice, count: number): Scenario {
  const { world, shareMs } = halfOfBudget(scenario);
  const { faults, faultsEndMs } = world;
  const clock = (): number => random.int(-shareMs, shareMs);
  const known = faults.engine.map(
    (it): EngineFault => (hasSuccessor(it) ? { ...it, clockMs: clock() } : it),
  );
  const more = Array.from(
    { length: count },
    (): EngineFault => ({
      atMs: random.int(START_MS, faultsEndMs),
      kind: random.pick(SUCCEEDED),
      durationMs: random.int(500, 20_000),
      clockMs: clock(),
    }),
  );
  return { ...world, faults: { ...faults, engine: [...known, ...more] } };
}

const SUCCEEDED = [
  'crash-before-commit',
  'crash-after-commit',
  'crash-after-dispatch',
  'takeover-before-commit',
  'takeover-after-commit',
] as const;

function hasSuccessor({ kind }: EngineFault): boolean {
  return SUCCEEDED.some((it) => it === kind);
}
