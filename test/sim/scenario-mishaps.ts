/** What goes wrong beside frames, power and our processes: clocks, meters, other systems, versions. */
import type { StationId } from '../../solver/index.js';
import { dice, type Dice } from './random.js';
import { MINUTE_MS, START_MS, type Scenario, type StationSpec } from './scenario.js';
import type { EngineFault } from './scenario-faults.js';

/** Somebody, or the network, sets the clock of a station. */
export interface ClockStep {
  readonly stationId: StationId;
  readonly atMs: number;
  /** Its clock minus true time from then on. */
  readonly skewMs: number;
}

/** Another system sets a limit of its own on the transactions that run at a station. */
export interface ForeignTx {
  readonly stationId: StationId;
  readonly atMs: number;
  readonly limitA: number;
  /** Above the level that the station declares; otherwise at that level. */
  readonly isAbove: boolean;
}

/**
 * - `frozen`  the meter of the building tells its last reading, with fresh stamps
 * - `silent`  it tells nothing
 * - `spike`   it tells many times what is declared
 * - `reset`   it tells that nothing is used
 */
export interface MeterFault {
  readonly atMs: number;
  readonly untilMs: number;
  readonly kind: 'frozen' | 'silent' | 'spike' | 'reset';
}

/** One sample of an EVSE tells many times what flows, or its register begins anew at 0. */
export interface SampleFault {
  readonly stationId: StationId;
  readonly atMs: number;
  readonly kind: 'spike' | 'reset';
}

/** The meters of a station tell their last sample with fresh stamps, whatever flows. */
export interface StuckMeter {
  readonly stationId: StationId;
  readonly atMs: number;
  readonly untilMs: number;
}

export interface Mishaps {
  readonly clockSteps?: readonly ClockStep[];
  readonly foreignTx?: readonly ForeignTx[];
  readonly meter?: readonly MeterFault[];
  readonly samples?: readonly SampleFault[];
  readonly stuckMeters?: readonly StuckMeter[];
  /** Rows and events of another version of ours come and go. */
  readonly isMixed?: true;
  /**
   * When hints of the queue wake the site. All that Redis gives to the loop is that: worlds without any are
   * those in which it has lost all of them.
   */
  readonly hintsAtMs?: readonly number[];
  /** Of frames, each direction: so many are delivered twice. */
  readonly copiedFraction?: number;
}

/** Of seeds. */
const FRACTION = 0.3;
const KINDS = [
  'clocks',
  'foreign-tx',
  'meter',
  'samples',
  'slow-readers',
  'phases',
  'engine',
  'mixed',
  'units',
  'our-clock',
] as const;

/** Dice of their own, so that most seeds stay what they were; one or two of these befall some of them. */
export function withMishaps(scenario: Scenario): Scenario {
  const random = dice(scenario.seed, 'mishaps');
  if (!random.chance(FRACTION)) return scenario;
  const kinds = new Set(Array.from({ length: random.int(1, 2) }, () => random.pick(KINDS)));
  // Each by itself takes clocks of stations to the end of the budget.
  if (kinds.has('clocks')) kinds.delete('our-clock');
  let world = scenario;
  for (const kind of kinds) world = BEFALL[kind](world, random);
  return world;
}

const BEFALL: Readonly<
  Record<(typeof KINDS)[number], (scenario: Scenario, random: Dice) => Scenario>
> = {
  clocks: (scenario, random) => mishap(scenario, { clockSteps: clockSteps(scenario, random, 0.3) }),
  'foreign-tx': (scenario, random) =>
    mishap(scenario, { foreignTx: foreignTxs(scenario, random, 0.2) }),
  meter: (scenario, random) => mishap(scenario, { meter: meterFaults(scenario, random) }),
  samples: (scenario, random) => mishap(scenario, { samples: sampleFaults(scenario, random, 0.3) }),
  'slow-readers': (scenario, random) => slowReaders(scenario, random, 0.2),
  phases: (scenario, random) => switchingVehicles(scenario, random, 0.1),
  engine: slowEngine,
  mixed: (scenario) => mishap(scenario, { isMixed: true }),
  units: (scenario, random) => confusedUnits(scenario, random, 0.15),
  'our-clock': ourClock,
};

export function mishap(scenario: Scenario, more: Mishaps): Scenario {
  return { ...scenario, mishaps: { ...scenario.mishaps, ...more } };
}

/** Back and forward, within the budget or far beyond it; none is wrong any more when faults end. */
export function clockSteps(
  { stations, site, faultsEndMs }: Pick<Scenario, 'stations' | 'site' | 'faultsEndMs'>,
  random: Dice,
  fraction: number,
): readonly ClockStep[] {
  const budgetMs = site.settings.skewSec * 1000;
  return stations.flatMap(({ id, skewMs }): readonly ClockStep[] => {
    if (!random.chance(fraction)) return [];
    const steps: ClockStep[] = [];
    let atMs = START_MS + random.int(1, 10) * MINUTE_MS;
    while (atMs < faultsEndMs) {
      const farMs = random.pick([20_000, 90_000, 600_000, 86_400_000]);
      const wrongMs = random.int(budgetMs, farMs) * (random.chance(0.7) ? -1 : 1);
      const isWild = random.chance(0.5);
      const stepMs = isWild ? wrongMs : random.int(-budgetMs, budgetMs);
      steps.push({ stationId: id, atMs, skewMs: stepMs });
      atMs += random.int(20_000, 6 * MINUTE_MS);
      if (!isWild || !random.chance(0.8)) continue;
      const setRightMs = Math.min(atMs, faultsEndMs);
      const rightMs = random.int(-budgetMs, budgetMs);
      steps.push({ stationId: id, atMs: setRightMs, skewMs: rightMs });
      atMs += random.int(20_000, 6 * MINUTE_MS);
    }
    return [...steps, { stationId: id, atMs: faultsEndMs, skewMs }];
  });
}

export function foreignTxs(
  { stations, faultsEndMs }: Scenario,
  random: Dice,
  fraction: number,
): readonly ForeignTx[] {
  return stations.flatMap(({ id }): readonly ForeignTx[] =>
    random.chance(fraction)
      ? Array.from({ length: random.int(1, 2) }, () => ({
          stationId: id,
          atMs: random.int(START_MS + 2 * MINUTE_MS, faultsEndMs),
          limitA: random.pick([0, 6, 10, 16, 32, 32]),
          isAbove: random.chance(0.6),
        }))
      : [],
  );
}

/** One after another, each for some minutes. */
export function meterFaults(
  { faultsEndMs }: Pick<Scenario, 'faultsEndMs'>,
  random: Dice,
): readonly MeterFault[] {
  const faults: MeterFault[] = [];
  let atMs = START_MS + random.int(1, 8) * MINUTE_MS;
  while (atMs < faultsEndMs) {
    const kind = random.pick(['frozen', 'frozen', 'silent', 'spike', 'reset'] as const);
    const lastsMs = kind === 'spike' ? random.int(1000, 40_000) : random.int(1, 14) * MINUTE_MS;
    faults.push({ atMs, untilMs: Math.min(faultsEndMs, atMs + lastsMs), kind });
    atMs += lastsMs + random.int(1, 5) * MINUTE_MS;
  }
  return faults;
}

/** At most one spike of each station: several together are proof of too much. */
export function sampleFaults(
  { stations, faultsEndMs }: Pick<Scenario, 'stations' | 'faultsEndMs'>,
  random: Dice,
  fraction: number,
): readonly SampleFault[] {
  const instant = (): number => random.int(START_MS + MINUTE_MS, faultsEndMs);
  return stations.flatMap(({ id }): readonly SampleFault[] => {
    if (!random.chance(fraction)) return [];
    const resets = Array.from({ length: random.int(1, 4) }, instant);
    return [
      { stationId: id, atMs: instant(), kind: 'spike' },
      ...resets.map((atMs) => ({ stationId: id, atMs, kind: 'reset' as const })),
    ];
  });
}

/** They look at what has come every so often, and take it up in one go. */
export function slowReaders(scenario: Scenario, random: Dice, fraction: number): Scenario {
  return withStations(scenario, (spec) =>
    random.chance(fraction) ? { ...spec, readsEveryMs: random.int(2000, 60_000) } : spec,
  );
}

function switchingVehicles(scenario: Scenario, random: Dice, fraction: number): Scenario {
  return withStations(scenario, (spec) => ({
    ...spec,
    visits: spec.visits.map((visits) =>
      visits.map((visit) =>
        random.chance(fraction)
          ? { ...visit, singlePhase: true, switchesAfterMs: random.int(5000, 15 * MINUTE_MS) }
          : visit,
      ),
    ),
  }));
}

/** A process stands still for up to two minutes, a commit takes that long. */
function slowEngine(scenario: Scenario, random: Dice): Scenario {
  const { faults } = scenario;
  return {
    ...scenario,
    faults: { ...faults, engine: [...faults.engine, ...stalls(scenario, random)] },
  };
}

export function stalls(
  { faultsEndMs }: Pick<Scenario, 'faultsEndMs'>,
  random: Dice,
): readonly EngineFault[] {
  return Array.from({ length: random.int(1, 3) }, () => ({
    atMs: random.int(START_MS, faultsEndMs),
    kind: random.pick(['stop', 'slow-commit'] as const),
    durationMs: random.int(1000, 120_000),
  }));
}

/**
 * Some take the number of watts for amperes, which no limit of ours outlives; some answer in the unit that
 * they like better, whatever they are asked for.
 */
export function confusedUnits(scenario: Scenario, random: Dice, fraction: number): Scenario {
  return withStations(scenario, (spec): StationSpec => {
    if (!random.chance(fraction)) return spec;
    const answersIn = random.pick(['A', 'W'] as const);
    if (spec.lie === undefined && random.chance(0.3)) {
      return { ...spec, takesAmps: false, takesWatts: true, lie: 'watts-as-amps' };
    }
    return { ...spec, answersIn };
  });
}

/** Our clock is set while a process runs; with those of the stations it stays in the budget. */
export function ourClock(scenario: Scenario, random: Dice): Scenario {
  const { faults, faultsEndMs } = scenario;
  const { world, shareMs } = halfOfBudget(scenario);
  const steps = Array.from({ length: random.int(2, 8) }, () => ({
    atMs: random.int(START_MS, faultsEndMs),
    clockMs: random.int(-shareMs, shareMs),
  }));
  const engine = [...steps, { atMs: faultsEndMs, clockMs: 0 }].map(
    (it): EngineFault => ({ ...it, kind: 'clock-step', durationMs: 0 }),
  );
  return { ...world, faults: { ...faults, engine } };
}

/** Every clock of stations is within half of the skew budget; the other half is ours. */
export function halfOfBudget(scenario: Scenario): {
  readonly world: Scenario;
  readonly shareMs: number;
} {
  const world = withStations(scenario, (spec) => ({
    ...spec,
    skewMs: Math.trunc(spec.skewMs / 2),
  }));
  return { world, shareMs: (scenario.site.settings.skewSec * 1000) / 2 };
}

function withStations(scenario: Scenario, change: (spec: StationSpec) => StationSpec): Scenario {
  return { ...scenario, stations: scenario.stations.map(change) };
}
