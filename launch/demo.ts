/**
 * `npm run demo`: the CPMS as one process, a virtual site as another, real WebSockets between them.
 * This launcher starts both, provisions the site through the API and sums up at the end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  LauncherMessage,
  ReadyMessage as SimulatorReady,
  ResultMessage,
  SimulationResult,
  SiteClockOrigin,
  StartMessage,
  SimulatorMessage,
} from '../simulator/ipc.js';
import type { FaultPlan } from '../simulator/faults.js';
import type { SiteFile } from '../simulator/site-file.js';
import { type ApiClient, createApiClient } from './api-client.js';
import { buildDashboard } from './build-dashboard.js';
import { ROOT } from './checkout.js';
import { type Child, startChild } from './child.js';
import { callTimeouts, checkFaults, faultNames, hasFaults } from './faults.js';
import { INTERRUPTED_EXIT_CODE, Interrupted, onInterrupt } from './interrupt.js';
import { keepClock, readClock, siteTimeAt } from './kept-clock.js';
import { loadSite } from './load-site.js';
import { type DemoOptions, parseOptions } from './options.js';
import { percentiles } from './percentiles.js';
import { provision } from './provision.js';
import { type PlannedRun, planRun } from './sessions.js';
import { checkSpeed, contactedStations } from './speed-check.js';

const DEMO_SITE = `${ROOT}sites/demo.json`;
/** Real time from here to the first instant of a replay: both processes start, stations connect. */
const WARM_UP_MS = 12_000;
const WATCH_EVERY_MS = 1000;

interface CpmsReady {
  readonly type: 'ready';
  readonly port: number;
  readonly ocppPort: number;
  readonly apiKey: string;
  readonly enterPath: string;
}

interface EngineFigures {
  readonly profileCommands: number;
  readonly profileRejected: number;
  readonly ackMs: readonly number[];
  readonly cutMs: readonly number[];
  readonly decisionMs: readonly number[];
  readonly roundTripMs: readonly number[];
}

type Cpms = Child<CpmsReady, never>;
type Simulator = Child<SimulatorMessage, LauncherMessage>;

class SpeedRefused extends Error {}

const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const options = parseOptions(process.argv.slice(2));
const startedMs = Date.now();
const ctrlC = onInterrupt(say);

main(options).then(
  (code) => process.exit(code),
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    if (error instanceof Interrupted) process.exit(INTERRUPTED_EXIT_CODE);
    process.exit(error instanceof SpeedRefused ? 2 : 1);
  },
);

async function main(demo: DemoOptions): Promise<number> {
  const site = await loadSite(demo.site ?? DEMO_SITE, demo.capacityKva);
  checkFaults(demo.fault, site);
  await Promise.race([buildDashboard(say), ctrlC.first]);
  const { clock, planned } = await planTime(demo, site);
  for (const line of planned.notes) say(line);
  ctrlC.check();
  const cpms: Cpms = startChild('src/main.ts', cpmsEnv(demo, clock));
  try {
    const ready = await unlessInterrupted(cpms.next((it): it is CpmsReady => it.type === 'ready'));
    if (demo.dataDir !== undefined) await keepClock(demo.dataDir, clock);
    return await run(demo, { site, clock, planned, cpms, ready });
  } finally {
    await cpms.end();
  }
}

/** A Ctrl-C before there is anything to sum up. */
async function unlessInterrupted<T>(work: Promise<T>): Promise<T> {
  const done = await Promise.race([work.then((value) => ({ value })), ctrlC.first]);
  if (done === undefined) throw new Interrupted();
  return done.value;
}

/**
 * A kept data directory keeps its clock: site time goes on from now at the speed of this run, and
 * never runs backwards over a restart.
 */
async function planTime(
  demo: DemoOptions,
  site: SiteFile,
): Promise<{ clock: SiteClockOrigin; planned: PlannedRun }> {
  const nowRealMs = Date.now();
  const warmUpSiteMs = WARM_UP_MS * demo.speed;
  const kept = demo.dataDir === undefined ? undefined : await readClock(demo.dataDir);
  const keptMs = kept === undefined ? undefined : siteTimeAt(kept, nowRealMs);
  const startMs = keptMs === undefined ? nowRealMs + WARM_UP_MS : keptMs + warmUpSiteMs;
  const planned = planRun(demo, site, startMs);
  if (keptMs !== undefined && planned.fromMs - warmUpSiteMs < keptMs) {
    throw new Error('--data-dir: holds a later time than --from; choose an empty directory');
  }
  const originRealMs = nowRealMs + WARM_UP_MS;
  return { clock: { originRealMs, originSiteMs: planned.fromMs, speed: demo.speed }, planned };
}

interface Running {
  readonly site: SiteFile;
  readonly clock: SiteClockOrigin;
  readonly planned: PlannedRun;
  readonly cpms: Cpms;
  readonly ready: CpmsReady;
}

async function run(demo: DemoOptions, running: Running): Promise<number> {
  const { ready, site, clock, cpms } = running;
  const apiUrl = `http://127.0.0.1:${ready.port}`;
  const api = createApiClient(apiUrl, ready.apiKey);
  const stations = await provision(api, site, {
    fallbackSessionA: 0,
    switchPhases: demo.switchPhases,
  });
  ctrlC.check();
  const simulator: Simulator = startChild('simulator/main.ts', {});
  simulator.onMessage((message) => {
    if (message.type === 'failed') say(`the virtual site failed: ${message.message}`);
  });
  try {
    simulator.send(startMessage(demo, running, { apiUrl, stations }));
    const simulatorReady = await unlessInterrupted(simulator.next(isReady));
    for (const it of simulatorReady.ignoredSessions) say(`left out ${it.sessionId}: ${it.reason}`);
    announce(ready, site, stations.length);
    let isFinished = false;
    const finished = simulator.next(isResult).finally(() => {
      isFinished = true;
    });
    const stopWatching = watch(api, simulator, { siteId: site.id, clock });
    const cpmsGone = cpms.ended.then((code) =>
      Promise.reject(new Error(`the CPMS ended: ${code}`)),
    );
    void beginFaults(api, simulator, { demo, siteId: site.id });
    const tooFast = refuseSpeed(api, site.id, demo);
    await Promise.race([finished, cpmsGone, tooFast, ctrlC.first, timeIsUp(demo)]);
    stopWatching();
    if (!isFinished) simulator.send({ type: 'stop' });
    const { result } = await Promise.race([finished, cpmsGone, ctrlC.second]);
    const figures = await api.get<EngineFigures>('/v1/figures');
    report(demo, result, figures);
    return result.overLimitAmpSeconds === 0 ? 0 : 1;
  } finally {
    await simulator.end();
  }
}

function startMessage(
  demo: DemoOptions,
  { ready, site, clock, planned }: Running,
  rest: { readonly apiUrl: string; readonly stations: StartMessage['stations'] },
): StartMessage {
  return {
    type: 'start',
    ocppUrl: `ws://127.0.0.1:${ready.ocppPort}/ocpp`,
    apiKey: ready.apiKey,
    siteId: site.id,
    site,
    clock,
    sessions: planned.sessions,
    servesFrom: 'first-limit',
    seed: demo.seed,
    claims: demo.claims,
    buildingLoad: demo.sessions === undefined,
    ...(demo.switchPhases ? { switchesPhases: true } : {}),
    ...(hasFaults(faultPlan(demo))
      ? { faults: faultPlan(demo), callTimeoutMs: callTimeouts(demo.speed).stationMs }
      : {}),
    ...rest,
    ...(planned.toMs === undefined ? {} : { untilSiteMs: planned.toMs }),
  };
}

/** Once first contact with every station is over: what is commissioned in peace breaks later. */
async function beginFaults(
  api: ApiClient,
  simulator: Simulator,
  { demo, siteId }: { readonly demo: DemoOptions; readonly siteId: string },
): Promise<void> {
  if (!hasFaults(faultPlan(demo))) return;
  // A request may fail on a busy machine; a service that is gone is told of elsewhere.
  while ((await contactedStations(api, siteId).catch(() => undefined)) === undefined) {
    await sleep(WATCH_EVERY_MS);
  }
  say('faults begin');
  simulator.send({ type: 'begin-faults' });
}

const faultPlan = ({ fault, loss }: DemoOptions): FaultPlan => ({
  faults: fault,
  lossFraction: loss / 100,
});

/**
 * Says what was measured; rejects when the speed cannot be kept, and never resolves. Under faults
 * nothing is measured: what takes long then is the fault, not the machine.
 */
async function refuseSpeed(api: ApiClient, siteId: string, demo: DemoOptions): Promise<never> {
  const { speed } = demo;
  if (speed !== 1 && !hasFaults(faultPlan(demo))) {
    // A service that is gone is told of elsewhere, and a run may end before this has.
    const check = await checkSpeed(api, { siteId, speed }).catch(() => undefined);
    if (check?.isKept === false) throw new SpeedRefused(check.line);
    if (check !== undefined) say(check.line);
  }
  return new Promise(() => undefined);
}

/** After `--minutes`; never without. */
function timeIsUp({ minutes }: DemoOptions): Promise<undefined> {
  return new Promise((resolve) => {
    if (minutes !== undefined) setTimeout(() => resolve(undefined), minutes * 60_000);
  });
}

/** Tells the virtual site of limits that people change, for the bound on what was feasible. */
function watch(
  api: ApiClient,
  simulator: Simulator,
  { siteId, clock }: { readonly siteId: string; readonly clock: SiteClockOrigin },
): () => void {
  let known: number | undefined;
  const timer = setInterval(() => {
    api
      .get<{ importLimitW?: number }>(`/v1/sites/${siteId}`)
      .then(({ importLimitW }) => {
        if (importLimitW === known) return;
        known = importLimitW;
        simulator.send({
          type: 'limit',
          atMs: siteTimeAt(clock, Date.now()),
          ...(importLimitW === undefined ? {} : { importLimitW }),
        });
      })
      .catch(() => undefined);
  }, WATCH_EVERY_MS);
  simulator.onMessage((message) => {
    if (message.type !== 'progress') return;
    const kw = (message.drawW / 1000).toFixed(1);
    const kwh = (message.deliveredWh / 1000).toFixed(1);
    const at = new Date(message.siteMs).toISOString().slice(0, 16);
    say(
      `${at}Z  ${message.sessionsCharging}/${message.sessionsPlugged} charging  ${kw} kW  ${kwh} kWh  ` +
        `worst ${(message.worstPhaseFraction * 100).toFixed(1)} %  over ${message.overLimitAmpSeconds} As`,
    );
  });
  return () => clearInterval(timer);
}

function announce(ready: CpmsReady, site: SiteFile, stationCount: number): void {
  say('');
  say(`site       ${site.name}: ${stationCount} virtual stations`);
  say(`ocpp       ws://localhost:${ready.ocppPort}/ocpp/{stationId}`);
  say(`dashboard  http://localhost:${ready.port}${ready.enterPath}`);
  say('           (opens once; Ctrl-C ends everything)');
  say('');
}

function report(demo: DemoOptions, result: SimulationResult, figures: EngineFigures): void {
  const summary = {
    stations: result.stations,
    sessions: result.sessions,
    requestedWh: result.requestedWh,
    deliveredWh: result.deliveredWh,
    feasibleWh: result.feasibleWh,
    profileCommands: figures.profileCommands,
    profileRejected: figures.profileRejected,
    ackMs: percentiles(figures.ackMs),
    cutMs: percentiles(figures.cutMs),
    decisionMs: { ...percentiles(figures.decisionMs), max: undefined },
    faults: faultNames(demo.fault),
    lossPercent: demo.loss,
    framesLost: result.faultCounts.framesLostIn + result.faultCounts.framesLostOut,
    disconnects: result.faultCounts.disconnects,
    overLimitAmpSeconds: result.overLimitAmpSeconds,
    worstPhaseFraction: result.worstPhaseFraction,
    durationMs: Date.now() - startedMs,
    simulatedMs: Math.round(result.simulatedMs),
  };
  const text = demo.json ? JSON.stringify(summary) : JSON.stringify(summary, null, 2);
  process.stdout.write(`${text}\n`);
}

function isReady(message: SimulatorMessage): message is SimulatorReady {
  return message.type === 'ready';
}

function isResult(message: SimulatorMessage): message is ResultMessage {
  return message.type === 'result';
}

function cpmsEnv(demo: DemoOptions, clock: Running['clock']): Record<string, string> {
  return {
    BUSBAR_PORT: String(demo.port),
    BUSBAR_OCPP_PORT: String(demo.ocppPort),
    BUSBAR_CLOCK_ORIGIN_SITE_MS: String(clock.originSiteMs),
    BUSBAR_CLOCK_ORIGIN_REAL_MS: String(clock.originRealMs),
    BUSBAR_CLOCK_SPEED: String(clock.speed),
    ...(demo.dataDir === undefined ? {} : { BUSBAR_DATA_DIR: demo.dataDir }),
    ...(hasFaults(faultPlan(demo))
      ? { BUSBAR_CALL_TIMEOUT_MS: String(callTimeouts(demo.speed).serviceMs) }
      : {}),
    ...(process.env['LOG_LEVEL'] === undefined ? { LOG_LEVEL: 'warn' } : {}),
  };
}
