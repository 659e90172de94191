/** A virtual station with a vehicle, over a real WebSocket, by the clock of the service. */
import { siteClock } from '../../simulator/clock.js';
import { NO_FAULTS, noFaultCounts } from '../../simulator/faults.js';
import type { SiteClockOrigin } from '../../simulator/ipc.js';
import { createScheduler, type Scheduler } from '../../simulator/scheduler.js';
import type { SiteFile } from '../../simulator/site-file.js';
import { Station } from '../../simulator/station/station.js';
import type { StationTraits } from '../../simulator/station/traits.js';
import type { Site } from '../../src/sites/site.js';
import { type Cable, cableTo } from './cuttable-cable.js';

/** Long enough for every test. */
const STAY_MS = 24 * 3_600_000;
const ENERGY_WH = 1_000_000;

export interface Simulated {
  readonly station: Station;
  readonly cable: Cable;
  readonly scheduler: Scheduler;
  close(): Promise<void>;
}

export async function simulate(options: {
  readonly site: Site;
  readonly stationId: string;
  readonly traits: StationTraits;
  readonly secret: string;
  readonly ocppPort: number;
  readonly origin: SiteClockOrigin;
  /** A vehicle is plugged in from the start, and takes this much, A. */
  readonly vehicleMaxA: number;
}): Promise<Simulated> {
  const { site, stationId, traits, origin } = options;
  const cable = await cableTo(options.ocppPort);
  const scheduler = createScheduler(siteClock(origin));
  const file = site as unknown as SiteFile;
  const evses = site.evses.filter((it) => it.stationId === stationId);
  const station = new Station({
    spec: { id: stationId, evses: evses as unknown as SiteFile['stations'][0]['evses'] },
    site: file,
    traits,
    secret: options.secret,
    ocppUrl: `ws://127.0.0.1:${cable.port}/ocpp`,
    servesFrom: 'first-limit',
    seed: 7,
    scheduler,
    speed: origin.speed,
    callTimeoutMs: 30_000,
    faults: NO_FAULTS,
    faultCounts: noFaultCounts(),
    onStep: () => undefined,
    onStarted: () => undefined,
  });
  const arrivalAtMs = scheduler.nowMs() + 1000;
  station.plan({
    sessionId: `${stationId}-visit`,
    stationId,
    evseNumber: 1,
    arrivalAtMs,
    departureAtMs: arrivalAtMs + STAY_MS,
    energyWh: ENERGY_WH,
    maxA: options.vehicleMaxA,
  });
  station.start(0);
  return {
    station,
    cable,
    scheduler,
    async close() {
      scheduler.stop();
      await station.stop();
      await cable.close();
    },
  };
}
