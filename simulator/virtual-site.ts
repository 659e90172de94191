/** The whole virtual site of one run: stations, vehicles, building, referee. */
import { BASE_LOAD_STEP_SEC, type BaseLoad, baseLoadAt, meteredLoad } from './building-load.js';
import { sendClaim } from './claims.js';
import { type SiteClock, siteClock } from './clock.js';
import { NO_FAULTS, noFaultCounts } from './faults.js';
import type { OrderInForce } from './feasible/linear-model.js';
import { feasibleWh } from './feasible/feasible-wh.js';
import type {
  LimitMessage,
  ProgressMessage,
  SessionResult,
  SimulationResult,
  StartMessage,
} from './ipc.js';
import { sendMeterSamples } from './meter-samples.js';
import { type Scheduler, createScheduler } from './scheduler.js';
import { type FittedSessions, fitSite } from './sessions/fit-site.js';
import { SiteMeter } from './site-meter.js';
import { evseIdOf } from './site-file.js';
import type { Transaction } from './station/evse.js';
import type { CallWatch } from './station/link.js';
import { Station } from './station/station.js';
import { traitsOf } from './station/traits.js';
import type { Visit } from './station/visits.js';

/** Stations connect spread over this real time, so that a large fleet is no storm. */
const CONNECT_SPREAD_MS = 1500;
const CONNECT_SPREAD_PER_STATION_MS = 25;
/** Real time: what stations wait for an answer unless they are told otherwise. */
const CALL_TIMEOUT_MS = 30_000;
/** Requests of drivers to the API at the same time. */
const CLAIMS_IN_FLIGHT_MAX = 4;

export class VirtualSite {
  readonly fitted: FittedSessions;
  readonly #clock: SiteClock;
  readonly #scheduler: Scheduler;
  readonly #meter: SiteMeter;
  readonly #stations: readonly Station[];
  readonly #orders: OrderInForce[];
  readonly #startedAtMs: number;
  readonly #claimed = new Set<string>();
  readonly #claimQueue: (() => Promise<void>)[] = [];
  readonly #baseA = new Map<string, BaseLoad['currentsA']>();
  readonly #faultCounts = noFaultCounts();
  #claimsInFlight = 0;
  #claimsFailed = 0;
  #isReading = false;
  #endedAtMs: number | undefined;

  constructor(
    readonly options: StartMessage,
    readonly onCall?: CallWatch,
  ) {
    const clock = siteClock(options.clock);
    const untilMs = options.untilSiteMs ?? Number.POSITIVE_INFINITY;
    this.#clock = { speed: clock.speed, nowMs: () => Math.min(clock.nowMs(), untilMs) };
    this.#startedAtMs = this.#clock.nowMs();
    this.#scheduler = createScheduler(this.#clock);
    this.#meter = new SiteMeter(options.site, this.#startedAtMs);
    this.#stations = this.#buildStations();
    this.#orders = [
      {
        atMs: this.#startedAtMs,
        ...(options.site.importLimitW === undefined
          ? {}
          : { importLimitW: options.site.importLimitW }),
      },
    ];
    this.fitted = fitSite(
      { ...options.site, stations: this.#stations.map((station) => station.options.spec) },
      options.sessions,
      this.#startedAtMs,
    );
  }

  start(): void {
    const byId = new Map(this.#stations.map((station) => [station.id, station]));
    for (const session of this.fitted.sessions) byId.get(session.stationId)?.plan(session);
    const spreadMs = Math.min(
      CONNECT_SPREAD_MS,
      CONNECT_SPREAD_PER_STATION_MS * this.#stations.length,
    );
    for (const [index, station] of this.#stations.entries()) {
      station.start((index / this.#stations.length) * spreadMs);
    }
    if (this.options.buildingLoad) this.#stepBuilding(this.#startedAtMs);
  }

  beginFaults(): void {
    for (const station of this.#stations) station.beginFaults();
  }

  /** The links of these stations end for good; their vehicles stay. */
  goOffline(stationIds: readonly string[]): void {
    for (const station of this.#stations) {
      if (stationIds.includes(station.id)) station.breakLink(Number.POSITIVE_INFINITY);
    }
  }

  /** A new limit on total import, as the launcher gave it to the CPMS. */
  limit(message: LimitMessage): void {
    const { atMs, importLimitW } = message;
    this.#orders.push({ atMs, ...(importLimitW === undefined ? {} : { importLimitW }) });
    this.#meter.order(atMs, importLimitW);
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  progress(): ProgressMessage {
    const siteMs = this.#settle();
    const { overLimitAmpSeconds, worstPhaseFraction, drawW } = this.#meter.figures();
    const evses = this.#stations.flatMap((station) => station.evses);
    return {
      type: 'progress',
      siteMs,
      stationsBooted: this.#stations.filter((station) => station.isBooted()).length,
      sessionsPlugged: evses.filter((evse) => evse.vehicle() !== undefined).length,
      sessionsCharging: evses.filter((evse) => (evse.vehicle()?.currentA() ?? 0) > 0).length,
      sessionsAhead: this.fitted.sessions.filter((s) => s.arrivalAtMs > siteMs).length,
      drawW,
      deliveredWh: this.#sessionResults().reduce((sumWh, s) => sumWh + s.deliveredWh, 0),
      overLimitAmpSeconds,
      worstPhaseFraction,
    };
  }

  profilesAccepted(): number {
    return this.#stations.reduce((count, it) => count + it.counts.profilesAccepted, 0);
  }

  /** Ends the run at this instant and says what happened, with the offline bound. */
  async finish(): Promise<SimulationResult> {
    const endMs = this.#settle();
    this.#endedAtMs = endMs;
    this.#scheduler.stop();
    await Promise.allSettled(this.#stations.map((station) => station.stop()));
    const sessionResults = this.#sessionResults();
    const sum = (of: (result: SessionResult) => number): number =>
      sessionResults.reduce((total, result) => total + of(result), 0);
    const { drawW: _drawW, ...figures } = this.#meter.figures();
    return {
      stations: this.#stations.length,
      sessions: sessionResults.length,
      sessionResults,
      simulatedMs: endMs - this.#startedAtMs,
      requestedWh: sum((result) => result.requestedWh),
      deliveredWh: sum((result) => result.deliveredWh),
      feasibleWh: await this.#feasibleWh(endMs),
      ...figures,
      claimsMade: this.#claimed.size,
      claimsFailed: this.#claimsFailed,
      profilesAccepted: this.profilesAccepted(),
      profilesRejected: this.#stations.reduce((n, s) => n + s.counts.profilesRejected, 0),
      faultCounts: this.#faultCounts,
      stallMaxMs: Math.round(this.#scheduler.stallMaxMs()),
    };
  }

  /** Everything up to now is known and integrated. */
  #settle(): number {
    this.#scheduler.pump();
    const nowMs = this.#endedAtMs ?? this.#scheduler.nowMs();
    for (const station of this.#stations) station.advanceTo(nowMs);
    this.#meter.settleTo(nowMs);
    return nowMs;
  }

  #buildStations(): readonly Station[] {
    const secrets = new Map(this.options.stations.map((entry) => [entry.stationId, entry]));
    const { site, seed, ocppUrl, clock, switchesPhases } = this.options;
    const switching = switchesPhases === undefined ? {} : { switchesPhases };
    return site.stations.flatMap((spec, index) => {
      const entry = secrets.get(spec.id);
      if (entry === undefined) return [];
      const station = new Station({
        spec,
        site,
        traits: traitsOf(index, entry.version ?? spec.version, switching),
        secret: entry.secret,
        ocppUrl,
        seed,
        servesFrom: this.options.servesFrom,
        callTimeoutMs: this.options.callTimeoutMs ?? CALL_TIMEOUT_MS,
        scheduler: this.#scheduler,
        speed: clock.speed,
        faults: this.options.faults ?? NO_FAULTS,
        faultCounts: this.#faultCounts,
        onStep: (evseNumber, atMs, currentsA) =>
          this.#meter.evseStep(evseIdOf(spec.id, evseNumber), atMs, currentsA),
        onStarted: (visit, transaction) => this.#claim(visit, transaction),
        ...(this.onCall === undefined ? {} : { onCall: this.onCall }),
      });
      return [station];
    });
  }

  #sessionResults(): readonly SessionResult[] {
    return this.#stations.flatMap((station) =>
      station.visits().map(({ session, vehicle, started }) => ({
        sessionId: session.sessionId,
        evseId: evseIdOf(session.stationId, session.evseNumber),
        requestedWh: session.energyWh,
        deliveredWh: vehicle.deliveredWh(),
        started,
        claimed: this.#claimed.has(session.sessionId),
      })),
    );
  }

  #claim(visit: Visit, transaction: Transaction): void {
    if (!this.options.claims) return;
    const { session } = visit;
    const claim = {
      stationId: session.stationId,
      evseNumber: session.evseNumber,
      transactionId: transaction.id,
      departureAtMs: session.claimedDepartureAtMs ?? session.departureAtMs,
      energyWh: session.claimedEnergyWh ?? session.energyWh,
    };
    this.#claimQueue.push(async () => {
      const isSent = await sendClaim({ ...this.options, fetch }, claim);
      if (isSent) this.#claimed.add(session.sessionId);
      else this.#claimsFailed += 1;
    });
    this.#sendClaims();
  }

  #sendClaims(): void {
    while (this.#claimsInFlight < CLAIMS_IN_FLIGHT_MAX) {
      const next = this.#claimQueue.shift();
      if (next === undefined) return;
      this.#claimsInFlight += 1;
      void next().finally(() => {
        this.#claimsInFlight -= 1;
        this.#sendClaims();
      });
    }
  }

  #stepBuilding(atMs: number): void {
    const loads = baseLoadAt(this.options.site, this.options.seed, atMs);
    for (const { circuitId, currentsA } of loads) {
      const beforeA = this.#baseA.get(circuitId) ?? [0, 0, 0];
      this.#meter.baseStep(circuitId, atMs, currentsA, beforeA);
      this.#baseA.set(circuitId, currentsA);
    }
    this.#report(atMs, loads);
    this.#scheduler.at(atMs + BASE_LOAD_STEP_SEC * 1000, (dueAtMs) => this.#stepBuilding(dueAtMs));
  }

  /** One report at a time: a slow CPMS gets fewer readings, never a growing queue. */
  #report(atMs: number, loads: readonly BaseLoad[]): void {
    if (this.#isReading || loads.length === 0) return;
    this.#isReading = true;
    const readings = meteredLoad(this.options.site, loads).map((load) => ({ ...load, atMs }));
    const access = { ...this.options, fetch };
    void sendMeterSamples(access, this.options.siteId, readings).finally(() => {
      this.#isReading = false;
    });
  }

  async #feasibleWh(endMs: number): Promise<number | null> {
    const played = new Set(this.#sessionResults().map(({ sessionId }) => sessionId));
    return await feasibleWh({
      site: this.options.site,
      sessions: this.fitted.sessions.filter(({ sessionId }) => played.has(sessionId)),
      fromMs: this.#startedAtMs,
      toMs: endMs,
      orders: this.#orders,
      ...(this.options.buildingLoad ? { buildingSeed: this.options.seed } : {}),
    });
  }
}
