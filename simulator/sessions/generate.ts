/** The project's own sessions: seeded, for demos and for tests where no real data is at hand. */
import type { PlannedSession } from '../ipc.js';
import { type Random, randomFor } from '../random.js';
import { type SiteFile, type SiteFileEvse, channelVoltageV, evseIdOf } from '../site-file.js';

export interface GenerateOptions {
  readonly site: SiteFile;
  readonly seed: number;
  /** Epoch ms of site time: the start of the demo, or local midnight of the day. */
  readonly startAtMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

interface VehicleKind {
  readonly maxA: number;
  readonly phases: number;
  readonly taper: boolean;
  readonly energyWh: readonly [min: number, max: number];
}

/** On-board chargers as they are met at European AC stations. */
const KINDS: readonly VehicleKind[] = [
  { maxA: 16, phases: 3, taper: false, energyWh: [12_000, 40_000] },
  { maxA: 32, phases: 1, taper: false, energyWh: [8000, 25_000] },
  { maxA: 16, phases: 1, taper: true, energyWh: [5000, 11_000] },
  { maxA: 32, phases: 3, taper: true, energyWh: [20_000, 60_000] },
];

/** How many vehicles are there within the first minute, as a fraction of the EVSEs. */
const EARLY_FRACTION = 0.6;
const DEMO_HOURS = 8;

/**
 * A lively demo: most EVSEs are taken in the first minute and ask for more than the site can carry;
 * others come and go over the following hours.
 */
export function generateDemo(options: GenerateOptions): readonly PlannedSession[] {
  const { site, seed, startAtMs } = options;
  const endAtMs = startAtMs + DEMO_HOURS * HOUR_MS;
  return evsesOf(site).flatMap(({ stationId, evse }, index) => {
    const random = randomFor(seed, `demo/${evseIdOf(stationId, evse.evseNumber)}`);
    const isEarly = (index * 0.618_034) % 1 < EARLY_FRACTION;
    const sessions: PlannedSession[] = [];
    let atMs =
      startAtMs + (isEarly ? between(random, 2000, MINUTE_MS) : between(random, 2, 50) * MINUTE_MS);
    for (let count = 1; atMs < endAtMs; count += 1) {
      const stayMs = between(random, 0.75, 3.5) * HOUR_MS;
      const kind = KINDS[Math.floor(random() * KINDS.length)] ?? KINDS[0];
      if (kind === undefined) break;
      sessions.push({
        sessionId: `demo-${stationId}-${evse.evseNumber}-${count}`,
        stationId,
        evseNumber: evse.evseNumber,
        arrivalAtMs: Math.round(atMs),
        departureAtMs: Math.round(atMs + stayMs),
        energyWh: Math.round(between(random, ...kind.energyWh)),
        maxA: Math.min(kind.maxA, evse.currentMaxA),
        phases: Math.min(kind.phases, phaseCount(evse)),
        taper: kind.taper,
      });
      atMs += stayMs + between(random, 3, 40) * MINUTE_MS;
    }
    return sessions;
  });
}

/** Greatest power of the vehicles at a workplace, as in sites of the American west coast, W. */
const WORKPLACE_MAX_W = 6600;

/**
 * A day at a workplace: everyone comes between 6 and 11, stays 4 to 9 hours and asks for 3 to 20
 * kWh.
 */
export function generateWorkday(options: GenerateOptions): readonly PlannedSession[] {
  const { site, seed, startAtMs } = options;
  return evsesOf(site).map(({ stationId, evse }) => {
    const random = randomFor(seed, `workday/${evseIdOf(stationId, evse.evseNumber)}`);
    const arrivalAtMs = Math.round(startAtMs + between(random, 6, 11) * HOUR_MS);
    const stayMs = between(random, 4, 9) * HOUR_MS;
    const maxPowerW = Math.min(
      WORKPLACE_MAX_W,
      evse.currentMaxA * phaseCount(evse) * channelVoltageV(site),
    );
    const energyWh = Math.min(between(random, 3000, 20_000), (maxPowerW * stayMs) / HOUR_MS);
    return {
      sessionId: `workday-${stationId}-${evse.evseNumber}`,
      stationId,
      evseNumber: evse.evseNumber,
      arrivalAtMs,
      departureAtMs: Math.round(arrivalAtMs + stayMs),
      energyWh: Math.round(energyWh),
      maxPowerW,
    };
  });
}

function evsesOf(
  site: SiteFile,
): readonly { readonly stationId: string; readonly evse: SiteFileEvse }[] {
  return site.stations.flatMap(({ id, evses }) => evses.map((evse) => ({ stationId: id, evse })));
}

const phaseCount = (evse: SiteFileEvse): number => evse.channels.filter(Boolean).length;

const between = (random: Random, low: number, high: number): number =>
  low + (high - low) * random();
