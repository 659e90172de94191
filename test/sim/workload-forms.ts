/** Worlds about the forms in which stations take their limits, and how long they hold them. */
import { amps } from '../../solver/index.js';
import { type Dice, dice } from './random.js';
import {
  FUSSES,
  MINUTE_MS,
  type Scenario,
  START_MS,
  type StationSpec,
  type Visit,
} from './scenario.js';
import type { LinkFault } from './scenario-faults.js';
import { steppedDrops } from './workload-drops.js';

/** Nobody takes the preferred form of a profile; of some stations one EVSE only does not. */
export function fussyStations(scenario: Scenario, random: Dice): readonly StationSpec[] {
  return scenario.stations.map((spec): StationSpec => {
    const fuss = random.pick(FUSSES);
    const ofOne = dice(scenario.seed, `fuss of one ${spec.id}`);
    const at = spec.visits.length > 1 && ofOne.chance(0.5) ? { fussAt: ofOne.int(1, 2) } : {};
    const stackLevelMax = fuss === 'level-ignored' ? 2 : spec.stackLevelMax;
    return { ...spec, fuss, ...at, stackLevelMax };
  });
}

/**
 * Each has room for F0 and a lease of each EVSE, or for one more or less, and refuses what is beyond, even in the
 * place of what it holds. One with less says so, or leases would never fit.
 */
export function fullStations(scenario: Scenario, random: Dice): readonly StationSpec[] {
  return scenario.stations.map((spec): StationSpec => {
    const { fuss: _none, foreign: _nobody, left: _nothing, ...any } = spec;
    const { length: evses } = spec.visits;
    const profilesMax = 2 * evses + random.pick([0, 0, 1, ...(evses > 1 ? [-1] : [])]);
    const declares = profilesMax < 2 * evses || random.chance(0.6);
    return { ...any, profilesMax, ...(declares ? { declaresRoom: true as const } : {}) };
  });
}

/**
 * Defaults are set and cleared late, behind what was told since, at stations most of which do not take the
 * preferred form and some of which somebody else has been at.
 */
export function lateDefaults(scenario: Scenario, random: Dice): Scenario {
  const stations = scenario.stations.map((spec): StationSpec => {
    const late = {
      lateCalls: 'defaults' as const,
      lateFraction: 0.1 + random.next() * 0.3,
      lateMaxMs: random.int(30_000, 300_000),
      parallel: random.chance(0.8),
    };
    const { fuss: _none, foreign: _nobody, ...any } = spec;
    const fuss = random.chance(0.7) ? { fuss: random.pick(FUSSES) } : {};
    const foreign = { stackLevel: random.int(0, 2), limitA: random.int(6, 32) };
    return {
      ...any,
      ...late,
      ...fuss,
      ...(random.chance(0.4) ? { foreign } : {}),
      stackLevelMax: 2,
    };
  });
  return { ...scenario, stations };
}

/**
 * Stations of OCPP 2.1 are without a link for longer than a lease, again and again: what they were told
 * to hold for so long lapses. Many take leases in the place of their default only.
 */
export function offlineLapse(scenario: Scenario, random: Dice): Scenario {
  const { site, siteBelieved, faults, faultsEndMs } = scenario;
  const leaseSec = random.int(120, 240);
  const fallbackSessionA = random.pick([0, 6]);
  const change = { leaseSec, fallbackSessionA: amps(fallbackSessionA) };
  const stations = scenario.stations.map((spec): StationSpec => {
    const { fuss: _none, ...any } = spec;
    const base = { ...any, version: 'ocpp2.1' as const, startsOffline: true, rejectFraction: 0 };
    return random.chance(0.6) ? { ...base, fuss: random.pick(['no-tx', 'max-only']) } : base;
  });
  const links = stations.flatMap(({ id }): LinkFault[] => {
    const gone: LinkFault[] = [];
    let atMs = START_MS + random.int(4, 9) * MINUTE_MS;
    while (atMs < faultsEndMs) {
      const backOffMs = random.int(3, 8) * MINUTE_MS;
      const stationNoticesMs = random.int(0, 30_000);
      const serverNoticesMs = random.int(0, 90_000);
      gone.push({ stationId: id, atMs, stationNoticesMs, serverNoticesMs, backOffMs });
      atMs += backOffMs + random.int(3, 8) * MINUTE_MS;
    }
    return gone;
  });
  return {
    ...scenario,
    stations,
    site: { ...site, settings: { ...site.settings, ...change } },
    siteBelieved: { ...siteBelieved, settings: { ...siteBelieved.settings, ...change } },
    operatorCalls: [],
    faults: { ...faults, links, reboots: [] },
  };
}

/**
 * A station that keeps the lease that it has, and shows it where a newer one is asked for: given a minute
 * before, with the same length, it falls where the newer one has a step. It follows no steps, which matters
 * when the grid then takes back a little at a time.
 */
export function keptLeases(given: Scenario, random: Dice): Scenario {
  const scenario = steppedDrops(given, random);
  const { fullPowerW, orders, faults } = scenario;
  const arriveMs = START_MS + random.int(90, 120) * 1000;
  const cutMs = arriveMs + random.int(55, 80) * 1000;
  const keeper = random.int(0, scenario.stations.length - 1);
  const stations = scenario.stations.map((spec, index): StationSpec => {
    const { fuss: _none, foreign: _nobody, skipsPeriods: _skips, ...any } = spec;
    const stays = (visit: Visit): Visit => ({ ...visit, arriveMs, authorizeMs: 1000 });
    return {
      ...any,
      ...(index === keeper ? { fuss: 'keeps-old', skipsPeriods: true } : {}),
      ...(index === keeper ? { compositeBusyMs: random.int(30, 50) * 1000 } : {}),
      periodsMax: 24,
      rejectFraction: 0,
      lateFraction: 0,
      offlineTested: true,
      visits: spec.visits.map((visits) => visits.map(stays)),
    };
  });
  const later = orders.map((order) => ({ ...order, atMs: cutMs + random.int(30, 90) * 1000 }));
  const calm = { lossFraction: 0, stallFraction: 0, links: [], reboots: [], engine: [] };
  return {
    ...scenario,
    stations,
    orders: later,
    operatorCalls: [],
    edits: [{ atMs: cutMs, importLimitW: fullPowerW * (0.4 + 0.4 * random.next()) }],
    faults: { ...faults, ...calm },
  };
}
