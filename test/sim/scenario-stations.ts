/** Stations with the quirks of the field, and the vehicles that visit them. */
import type { OcppVersion } from '../../src/ocpp/messages.js';
import type { Site, SiteEvse, SiteStation } from '../../src/sites/site.js';
import { type Dice, dice } from './random.js';
import { MINUTE_MS, START_MS, type StationSpec, type Visit } from './scenario.js';

interface Window {
  readonly seed: number;
  readonly faultsEndMs: number;
  readonly endMs: number;
}

/** A pilot may change every 5 s and vehicles need about 6 s more. */
const SETTLE_MAX_MS = 11_000;
const TOLERANCE_FRACTION = 0.1;

export function planStations(site: Site, window: Window): readonly StationSpec[] {
  return site.stations.map((station) => {
    const random = dice(window.seed, `plan ${station.id}`);
    const own = site.evses.filter((evse) => evse.stationId === station.id);
    const visits = own.map((evse) =>
      withSleepers(planVisits(evse, random, window), dice(window.seed, `asleep ${evse.id}`)),
    );
    const offline = dice(window.seed, `offline ${station.id}`);
    const periods = dice(window.seed, `periods ${station.id}`);
    const planned = planStation(site, station, { random, offline });
    const version = newestOf(planned.version, dice(window.seed, `version ${station.id}`));
    const meters = planMeters(dice(window.seed, `meters ${station.id}`));
    return { ...planned, version, ...planPeriods(periods), ...meters, visits };
  });
}

function newestOf(version: OcppVersion, random: Dice): OcppVersion {
  return version !== 'ocpp1.6' && random.chance(0.5) ? 'ocpp2.1' : version;
}

function planPeriods(random: Dice): Pick<StationSpec, 'periodsMax' | 'skipsPeriods'> {
  const periodsMax = random.pick([2, 3, 4, 24, 24]);
  return random.chance(0.15) ? { periodsMax, skipsPeriods: true } : { periodsMax };
}

/** Most report currents. */
export function planMeters(random: Dice): Pick<StationSpec, 'meters' | 'registerStepWh'> {
  const meters = random.pick(['currents', 'currents', 'currents', 'power', 'energy'] as const);
  return { meters, registerStepWh: random.pick([1, 1, 10, 100]) };
}

function planStation(
  site: Site,
  { id, offlineTested }: SiteStation,
  { random, offline }: { readonly random: Dice; readonly offline: Dice },
): Omit<StationSpec, 'visits' | 'periodsMax' | 'skipsPeriods' | 'meters' | 'registerStepWh'> {
  const wattsOnly = random.chance(0.1);
  const nominalV = site.supply === 'wye' ? site.voltageLineToNeutralV : site.voltageLineToLineV;
  const skewMaxMs = 10_000;
  const stackLevelMax = random.pick([0, 1, 8]);
  return {
    id,
    offlineTested,
    version: random.chance(0.5) ? 'ocpp1.6' : 'ocpp2.0.1',
    ...(random.chance(0.02) ? { lie: random.pick(['ignores', 'nine-percent'] as const) } : {}),
    takesAmps: !wattsOnly,
    takesWatts: wattsOnly || random.chance(0.5),
    stackLevelMax,
    composite: random.chance(0.04) ? random.pick(['unsupported', 'empty'] as const) : 'works',
    rounding: random.chance(0.2) ? 'up' : 'down',
    skewMs: random.int(-skewMaxMs, skewMaxMs),
    settleMaxMs: SETTLE_MAX_MS,
    parallel: random.chance(0.4),
    lateFraction: random.chance(0.3) ? random.next() * 0.3 : 0,
    rejectFraction: random.chance(0.15) ? random.next() * 0.3 : 0,
    onReject: random.pick(['keeps', 'keeps', 'deletes', 'applies'] as const),
    amnesia: random.chance(0.5),
    unboundOffline: !offlineTested && offline.chance(0.6),
    resumes: random.chance(0.5),
    startsOffline: random.chance(0.7),
    ...(random.chance(0.1)
      ? { foreign: { stackLevel: random.int(0, stackLevelMax), limitA: random.int(0, 32) } }
      : {}),
    voltageV: nominalV * (1 - TOLERANCE_FRACTION + 2 * TOLERANCE_FRACTION * random.next()),
  };
}

/** Some vehicles do not charge again by themselves once they were paused. */
function withSleepers(visits: readonly Visit[], random: Dice): readonly Visit[] {
  return visits.map((visit) => {
    const afterPause = random.pick(['sleeps', 'wakes-on-raise'] as const);
    return random.chance(0.05) ? { ...visit, afterPause } : visit;
  });
}

/** Arrivals leave room after each other; the last vehicle of a calm run stays until its end. */
function planVisits(evse: SiteEvse, random: Dice, window: Window): readonly Visit[] {
  const visits: Visit[] = [];
  let atMs = START_MS + random.int(0, 8 * MINUTE_MS) - (random.chance(0.3) ? 8 * MINUTE_MS : 0);
  while (atMs < window.faultsEndMs) {
    const stays = random.chance(0.4);
    const stayMs = stays ? window.endMs : random.int(2, 25) * MINUTE_MS + random.int(0, 59_999);
    const leaveMs = Math.min(atMs + stayMs, window.endMs + MINUTE_MS);
    const lingerMs = random.int(0, MINUTE_MS);
    visits.push({
      arriveMs: Math.max(atMs, START_MS),
      leaveMs,
      authorizeMs: random.int(500, 30_000),
      lingerMs,
      singlePhase: random.chance(0.3),
      currentMaxA: random.chance(0.3) ? random.int(6, 16) : evse.currentMaxA,
      energyWh: random.chance(0.15) ? random.int(200, 3000) : 100_000,
    });
    atMs = leaveMs + lingerMs + random.int(5000, 10 * MINUTE_MS);
  }
  return visits;
}
