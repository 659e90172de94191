/** Named biases of a seed's world: what one rule guards against happens in every run of it. */
import { signalId } from '../../solver/index.js';
import { type Dice, dice } from './random.js';
import {
  type Edit,
  MINUTE_MS,
  type Order,
  type Scenario,
  START_MS,
  type StationSpec,
  type Visit,
} from './scenario.js';
import { withBaseLoad } from './heavier-building.js';
import { foreignDuplicate, lateLevels } from './workload-foreign.js';
import {
  fullStations,
  fussyStations,
  keptLeases,
  lateDefaults,
  offlineLapse,
} from './workload-forms.js';
import { steppedDrops } from './workload-drops.js';
import { lateSamples, meterKinds, registersAlone } from './workload-meters.js';
import { directCurrent } from './workload-direct-current.js';
import { switchesPhases } from './workload-switching.js';
import { phaseSwitch } from './workload-phases.js';
import type { LinkFault, OperatorCall, RebootFault } from './scenario-faults.js';
import { ourClock } from './scenario-mishaps.js';
import { untestedPolicy } from './workload-untested.js';
import { treeEdits } from './workload-tree.js';
import { fallsAsleep } from './workload-asleep.js';
import { gridLink } from './workload-grid-link.js';
import { gridMessages } from './workload-grid-messages.js';
import {
  clocksCorrected,
  clocksHandedOver,
  clocksOfForms,
  clocksSet,
  samplesRepeated,
  foreignTx,
  framesTwice,
  metersDisturbed,
  metersStuck,
  mixedVersions,
  siteMeter,
  slowPeers,
  unitsConfused,
} from './workload-mishaps.js';

export const WORKLOADS = [
  'blackout',
  'late-queue',
  'foreign-recurring',
  'liar',
  'single-phase-watts',
  'building-step-dead-engine',
  'operator-profile',
  'rejects-after-deleting',
  'wrong-clock',
  'limit-drops',
  'known-drops',
  'forgets-at-boot',
  'forgets-at-reset',
  'keeps-tx',
  'operator-flood',
  'late-settings',
  'late-defaults',
  'foreign-duplicate',
  'late-levels',
  'phase-switch',
  'stepped-drops',
  'fussy-forms',
  'full-stations',
  'kept-leases',
  'grid-link',
  'offline-lapse',
  'untested-policy',
  'switches-phases',
  'tree-edits',
  'falls-asleep',
  'meter-kinds',
  'registers-alone',
  'clocks-corrected',
  'clocks-set',
  'clocks-and-forms',
  'repeated-samples',
  'site-meter',
  'foreign-tx',
  'units-confused',
  'meters-disturbed',
  'slow-peers',
  'mixed-versions',
  'grid-messages',
  'our-clock',
  'frames-twice',
  'other-clocks',
  'stuck-meters',
  'late-samples',
  'direct-current',
] as const;

export type WorkloadName = (typeof WORKLOADS)[number];

type Bias = (scenario: Scenario, random: Dice) => Scenario;

/** Pure: the same scenario and dice give the same world. */
export function biased(scenario: Scenario, name: WorkloadName, random: Dice): Scenario {
  return BIASES[name](scenario, random);
}

const BIASES: Readonly<Record<WorkloadName, Bias>> = {
  blackout,
  'late-queue': lateQueue,
  'foreign-recurring': foreignRecurring,
  liar,
  'single-phase-watts': singlePhaseWatts,
  'building-step-dead-engine': buildingStepDeadEngine,
  'operator-profile': operatorProfile,
  'rejects-after-deleting': rejectsAfterDeleting,
  'wrong-clock': wrongClock,
  'limit-drops': limitDrops,
  'known-drops': knownDrops,
  'forgets-at-boot': forgetsAtBoot,
  'forgets-at-reset': forgetsAtReset,
  'keeps-tx': keepsTx,
  'operator-flood': operatorFlood,
  'late-settings': lateSettings,
  'late-defaults': lateDefaults,
  'foreign-duplicate': foreignDuplicate,
  'late-levels': lateLevels,
  'phase-switch': phaseSwitch,
  'stepped-drops': steppedDrops,
  'fussy-forms': fussyForms,
  'full-stations': (scenario, random) => ({
    ...scenario,
    stations: fullStations(scenario, random),
    edits: changingLimit(scenario, random, { minSec: 120, maxSec: 420 }),
  }),
  'kept-leases': keptLeases,
  'grid-link': gridLink,
  'offline-lapse': offlineLapse,
  'untested-policy': untestedPolicy,
  'switches-phases': switchesPhases,
  'tree-edits': treeEdits,
  'falls-asleep': (scenario, random) =>
    fallsAsleep(scenario, random, changingLimit(scenario, random, { minSec: 120, maxSec: 420 })),
  'meter-kinds': meterKinds,
  'registers-alone': registersAlone,
  'clocks-corrected': clocksCorrected,
  'clocks-set': clocksSet,
  'repeated-samples': samplesRepeated,
  'clocks-and-forms': (scenario, random) => clocksOfForms(fussyForms(scenario, random), random),
  'site-meter': siteMeter,
  'foreign-tx': foreignTx,
  'units-confused': unitsConfused,
  'meters-disturbed': metersDisturbed,
  'slow-peers': slowPeers,
  'mixed-versions': mixedVersions,
  'grid-messages': gridMessages,
  'our-clock': ourClock,
  'frames-twice': framesTwice,
  'other-clocks': (scenario, random) => ({
    ...clocksHandedOver(scenario, random),
    edits: changingLimit(scenario, random, { minSec: 45, maxSec: 150 }),
  }),
  'stuck-meters': metersStuck,
  'late-samples': lateSamples,
  'direct-current': directCurrent,
};

function ofStations(scenario: Scenario, change: (spec: StationSpec) => StationSpec): Scenario {
  return { ...scenario, stations: scenario.stations.map(change) };
}

/** The whole site loses power, some minutes in and once more; most stations forget what they ran. */
function blackout(scenario: Scenario, random: Dice): Scenario {
  const { faults, stations } = scenario;
  const firstMs = START_MS + random.int(4, 12) * MINUTE_MS;
  const reboots = [firstMs, firstMs + random.int(3, 15) * MINUTE_MS].flatMap((atMs) =>
    stations.map(
      ({ id }): RebootFault => ({ stationId: id, atMs, downMs: random.int(2000, 60_000) }),
    ),
  );
  const world = ofStations(scenario, (spec) => ({ ...spec, amnesia: random.chance(0.8) }));
  return { ...world, faults: { ...faults, reboots } };
}

/** Profiles wait inside the stations for up to 300 s, while the owner's limit goes up and down. */
function lateQueue(scenario: Scenario, random: Dice): Scenario {
  const world = ofStations(scenario, (spec) => ({ ...spec, ...lateProfiles(random) }));
  return { ...world, edits: changingLimit(scenario, random, { minSec: 45, maxSec: 150 }) };
}

function lateProfiles(random: Dice): Partial<StationSpec> {
  return {
    parallel: random.chance(0.9),
    lateCalls: 'tx-profiles',
    lateFraction: 0.2 + random.next() * 0.4,
    lateMaxMs: random.int(60_000, 300_000),
  };
}

/**
 * Somebody else left a default of every day or every week that leads ours: the stations take our
 * profiles at level 0 only, whatever they declare.
 */
function foreignRecurring(scenario: Scenario, random: Dice): Scenario {
  return ofStations(scenario, (spec) => {
    const recurrence = random.pick(['daily', 'weekly'] as const);
    const periodSec = recurrence === 'daily' ? 86_400 : 604_800;
    const fromSec = random.int(0, periodSec - 7200);
    return {
      ...spec,
      stackLevelMax: 2,
      stackLevelTaken: 0,
      foreign: {
        stackLevel: random.int(1, 2),
        limitA: random.int(6, 32),
        recurrence: { kind: recurrence, fromSec, toSec: fromSec + random.int(1800, 7200) },
      },
    };
  });
}

/** One station draws 9 % above its pilot for ever; nothing else goes wrong with it. */
function liar(scenario: Scenario, random: Dice): Scenario {
  const index = random.int(0, scenario.stations.length - 1);
  const { faults } = scenario;
  const calm = { ...faults, lossFraction: 0, stallFraction: 0, reboots: [], links: [], engine: [] };
  const stations = scenario.stations.map((spec, at): StationSpec => {
    const { lie: _none, ...given } = spec;
    const honest = { ...given, meters: 'currents' as const };
    return at === index ? { ...honest, lie: 'nine-percent', offlineTested: true } : honest;
  });
  return { ...scenario, faults: calm, stations };
}

/** Single-phase vehicles on stations that are told watts, at any voltage that the supply may have. */
function singlePhaseWatts(scenario: Scenario, random: Dice): Scenario {
  return ofStations(scenario, (spec) => ({
    ...spec,
    takesAmps: false,
    takesWatts: true,
    visits: spec.visits.map((visits) =>
      visits.map((visit) => ({ ...visit, singlePhase: random.chance(0.8) })),
    ),
  }));
}

/** The building takes little, then all that is declared, while nobody is there to see it. */
function buildingStepDeadEngine(scenario: Scenario, random: Dice): Scenario {
  const { faults, site, siteBelieved } = scenario;
  const atMs = START_MS + random.int(8, 20) * MINUTE_MS;
  const dead = { atMs: atMs - random.int(500, 30_000), durationMs: random.int(60_000, 120_000) };
  const heavier = (it: Scenario['site']): Scenario['site'] => ({
    ...it,
    circuits: it.circuits.map((circuit) =>
      circuit.parentId === undefined ? withBaseLoad(circuit, 12) : circuit,
    ),
  });
  return {
    ...scenario,
    site: heavier(site),
    siteBelieved: heavier(siteBelieved),
    building: [
      { atMs: START_MS + 1000, fraction: random.next() * 0.3 },
      { atMs, fraction: 1 },
    ],
    faults: { ...faults, engine: [{ ...dead, kind: 'stop' }] },
  };
}

/** Somebody asks the stations for more than the engine gives, again and again. */
function operatorProfile(scenario: Scenario, random: Dice): Scenario {
  const { faultsEndMs, stations } = scenario;
  const operatorCalls = stations.flatMap(({ id }) =>
    Array.from({ length: random.int(1, 3) }, () => ({
      stationId: id,
      atMs: random.int(START_MS, faultsEndMs),
      action: random.pick(['SetChargingProfile', 'ClearChargingProfile'] as const),
    })),
  );
  return { ...scenario, operatorCalls };
}

/** Refusals, plain or as an error, after which the old profile is gone or the new one is in force. */
function rejectsAfterDeleting(scenario: Scenario, random: Dice): Scenario {
  return ofStations(scenario, (spec) => ({
    ...spec,
    rejectFraction: 0.2 + random.next() * 0.4,
    refusesWith: random.pick(['rejected', 'error'] as const),
    onReject: random.pick(['deletes', 'applies'] as const),
  }));
}

/** Clocks that are wrong by more than the skew budget, either way. */
function wrongClock(scenario: Scenario, random: Dice): Scenario {
  return ofStations(scenario, (spec) => {
    const skewMs = random.int(15_000, 55_000);
    return { ...spec, skewMs: random.chance(0.7) ? -skewMs : skewMs };
  });
}

/** The owner's limit falls and comes back, over and over, down to a tenth of what there is. */
function limitDrops(scenario: Scenario, random: Dice): Scenario {
  return { ...scenario, edits: changingLimit(scenario, random, { minSec: 120, maxSec: 420 }) };
}

function changingLimit(
  { faultsEndMs, fullPowerW }: Scenario,
  random: Dice,
  { minSec, maxSec }: { readonly minSec: number; readonly maxSec: number },
): readonly Edit[] {
  const edits: Edit[] = [];
  let atMs = START_MS + 2 * MINUTE_MS;
  for (let isLow = true; atMs < faultsEndMs; isLow = !isLow) {
    const lowW = fullPowerW * (0.1 + 0.5 * random.next());
    edits.push({ atMs, importLimitW: isLow ? lowW : undefined });
    atMs += random.int(minSec, maxSec) * 1000;
  }
  return [...edits, { atMs: faultsEndMs, importLimitW: undefined }];
}

/** The grid says long before when its limit falls, and many a station is gone when it does. */
function knownDrops(scenario: Scenario, random: Dice): Scenario {
  const { site, siteBelieved, faults, fullPowerW, faultsEndMs, stations } = scenario;
  const settings = { ...site.settings, leaseSec: random.int(180, 300) };
  const firstMs = START_MS + random.int(9, 12) * MINUTE_MS;
  const drops = [firstMs, firstMs + random.int(6, 9) * MINUTE_MS];
  const series = drops.flatMap((atMs) => [
    { atMs, value: fullPowerW * (0.05 + 0.3 * random.next()) },
    { atMs: atMs + random.int(2, 5) * MINUTE_MS, value: fullPowerW },
  ]);
  const order: Order = {
    atMs: START_MS + random.int(1, 3) * MINUTE_MS,
    signal: {
      id: signalId('grid-ahead'),
      siteId: site.id,
      tenantId: site.tenantId,
      type: 'import-limit',
      scope: random.pick(['total-import', 'managed-devices'] as const),
      issuer: 'grid',
      sequence: 1,
      series,
      endsAtMs: faultsEndMs,
    },
  };
  const links = stations.flatMap(({ id }) =>
    drops.flatMap((atMs): LinkFault[] => {
      if (random.chance(0.4)) return [];
      const notices = { stationNoticesMs: 0, serverNoticesMs: random.int(0, 90_000) };
      const backOffMs = random.int(3, 6) * MINUTE_MS;
      return [{ stationId: id, atMs: atMs - random.int(5000, 90_000), ...notices, backOffMs }];
    }),
  );
  return {
    ...scenario,
    site: { ...site, settings },
    siteBelieved: { ...siteBelieved, settings },
    orders: [order],
    edits: [],
    faults: { ...faults, links },
  };
}

/** Boots cost the stations every profile; they start nothing before we have heard of it. */
function forgetsAtBoot(scenario: Scenario, random: Dice): Scenario {
  const { faults, stations, faultsEndMs } = scenario;
  const reboots = stations.flatMap(({ id }) =>
    Array.from({ length: random.int(1, 3) }, () => ({
      stationId: id,
      atMs: random.int(START_MS + 2 * MINUTE_MS, faultsEndMs),
      downMs: random.int(2000, 60_000),
    })),
  );
  const world = ofStations(scenario, (spec) => ({
    ...spec,
    forgets: 'at-boot',
    startsOffline: false,
    resumes: false,
  }));
  const often = bootsOften(scenario);
  const all = [...reboots, ...often];
  return { ...world, operatorCalls: [], faults: { ...faults, reboots: all, engine: [] } };
}

/** In some worlds one station boots all the time: its memory must last. */
function bootsOften({ seed, stations, faultsEndMs }: Scenario): readonly RebootFault[] {
  const random = dice(seed, 'boots often');
  const station = stations[random.int(0, stations.length - 1)];
  if (station === undefined || !random.chance(0.3)) return [];
  const everyMs = random.int(40, 90) * 1000;
  const count = Math.floor((faultsEndMs - START_MS) / everyMs);
  return Array.from({ length: count }, (_, index) => ({
    stationId: station.id,
    atMs: START_MS + (index + 1) * everyMs,
    downMs: random.int(2000, 5000),
  }));
}

/** Resets on demand cost the stations every profile; what runs goes on behind our back. */
function forgetsAtReset(scenario: Scenario, random: Dice): Scenario {
  const { faults, stations, faultsEndMs } = scenario;
  const operatorCalls = stations.flatMap(({ id }) =>
    Array.from({ length: random.int(1, 3) }, () => ({
      stationId: id,
      atMs: random.int(START_MS + 2 * MINUTE_MS, faultsEndMs),
      action: 'Reset' as const,
    })),
  );
  const world = ofStations(scenario, (spec) => ({
    ...spec,
    forgets: 'at-reset',
    startsOffline: true,
    resumes: random.chance(0.7),
  }));
  return { ...world, operatorCalls, faults: { ...faults, engine: [] } };
}

/** Short visits, one after another, on stations where a TxProfile outlives its transaction. */
function keepsTx(scenario: Scenario, random: Dice): Scenario {
  const { faultsEndMs } = scenario;
  return ofStations(scenario, (spec) => ({
    ...spec,
    keepsTx: true,
    ...lateProfiles(random),
    lateMaxMs: 90_000,
    visits: spec.visits.map(([first]) => {
      const visits: Visit[] = [];
      let arriveMs = START_MS + random.int(1000, 60_000);
      while (first !== undefined && arriveMs < faultsEndMs) {
        const leaveMs = arriveMs + random.int(90_000, 6 * MINUTE_MS);
        const lingerMs = random.int(0, 5000);
        visits.push({
          ...first,
          arriveMs,
          leaveMs,
          lingerMs,
          authorizeMs: 1000,
          energyWh: 100_000,
        });
        arriveMs = leaveMs + lingerMs + random.int(2000, 20_000);
      }
      return visits;
    }),
  }));
}

/**
 * The owner's limit is lifted and falls again seconds later, while every station, slow as it is, has an
 * operator's calls to answer: raises wait behind those, and cuts must overtake all of them.
 */
function operatorFlood(scenario: Scenario, random: Dice): Scenario {
  const { faultsEndMs, fullPowerW, stations, faults } = scenario;
  const low = (): number => fullPowerW * (0.1 + 0.3 * random.next());
  const edits: Edit[] = [{ atMs: START_MS + 2 * MINUTE_MS, importLimitW: low() }];
  const operatorCalls: OperatorCall[] = [];
  let atMs = START_MS + 5 * MINUTE_MS;
  while (atMs < faultsEndMs - 2 * MINUTE_MS) {
    edits.push({ atMs, importLimitW: undefined });
    edits.push({ atMs: atMs + random.int(2000, 8000), importLimitW: low() });
    for (const { id } of stations) {
      for (let before = 1; before <= 8; before += 1) {
        operatorCalls.push({ stationId: id, atMs: atMs - before, action: 'GetLog' });
      }
    }
    atMs += random.int(4, 7) * MINUTE_MS;
  }
  edits.push({ atMs: faultsEndMs, importLimitW: undefined });
  const slow = { parallel: false, lateFraction: 1, lateMaxMs: 9000, rejectFraction: 0 };
  const world = ofStations(scenario, (spec) => ({ ...spec, ...slow }));
  const quiet = {
    lossFraction: 0,
    stallFraction: 0,
    callTimeoutMs: 10_000,
    links: [],
    reboots: [],
  };
  return { ...world, edits, operatorCalls, faults: { ...faults, ...quiet, engine: [] } };
}

/** Settings that cost a station its profiles wait in it for minutes, long after their calls have ended. */
function lateSettings(scenario: Scenario, random: Dice): Scenario {
  const { faultsEndMs, stations } = scenario;
  const operatorCalls = stations.flatMap(({ id }) =>
    Array.from({ length: random.int(1, 2) }, () => ({
      stationId: id,
      atMs: random.int(START_MS + 2 * MINUTE_MS, faultsEndMs - 5 * MINUTE_MS),
      action: 'ChangeConfiguration' as const,
    })),
  );
  const late = { lateCalls: 'operator', lateFraction: 0.8, lateMaxMs: 250_000 } as const;
  const world = ofStations(scenario, (spec) => ({ ...spec, ...late, parallel: true }));
  return { ...world, operatorCalls };
}

/** Nobody takes the preferred form of a profile, while the owner's limit goes up and down. */
function fussyForms(scenario: Scenario, random: Dice): Scenario {
  const stations = fussyStations(scenario, random);
  const edits = changingLimit(scenario, random, { minSec: 120, maxSec: 420 });
  return { ...scenario, stations, edits };
}
