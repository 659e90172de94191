/**
 * `npm run load -- --stations 2000 --minutes 2 --json`: the service as the demo starts it, thousands
 * of virtual stations that charge in processes beside it, and how quickly both sides are answered.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { StartMessage } from '../../simulator/ipc.js';
import { type ApiClient, createApiClient } from '../api-client.js';
import { type Child, startChild } from '../child.js';
import { percentiles } from '../percentiles.js';
import { provision } from '../provision.js';
import type { FleetReady, FleetReport, FleetStart } from './fleet-messages.js';
import { usageOf } from './process-usage.js';
import { loadSessions, loadSites } from './sites.js';

interface Options {
  readonly stations: number;
  readonly sites: number;
  readonly fleets: number;
  readonly minutes: number;
  readonly json: boolean;
}

interface CpmsReady {
  readonly type: 'ready';
  readonly port: number;
  readonly ocppPort: number;
  readonly apiKey: string;
}

interface Figures {
  readonly profileCommands: number;
  readonly ackMs: readonly number[];
  readonly decisionMs: readonly number[];
}

type Fleet = Child<FleetReport | FleetReady, FleetStart>;

/** From one site's connections to the next's: a fleet is not a storm. */
const SITE_EVERY_MS = 500;
const ARRIVE_WITHIN_MS = 30_000;
/** All stations booted and their vehicles charging; then the measured time begins. */
const SETTLE_MAX_MS = 300_000;
const CHARGING_WANTED_FRACTION = 0.9;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

main(options()).then(
  (code) => process.exit(code),
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);

function options(): Options {
  const whole = (text: string): number => Math.max(1, Math.floor(Number(text)));
  return new Command('load')
    .description('Thousands of virtual stations against the service, over real WebSockets.')
    .option('--stations <n>', 'virtual stations, half OCPP 1.6 and half 2.0.1', whole, 2000)
    .option('--sites <n>', 'sites that they are spread over', whole, 40)
    .option('--fleets <n>', 'processes that play them', whole, 2)
    .option('--minutes <n>', 'measured time, once all charge', Number, 2)
    .option('--json', 'one JSON object as the last line of stdout', false)
    .parse()
    .opts<Options>();
}

async function main(asked: Options): Promise<number> {
  const cpms: Child<CpmsReady, never> = startChild('src/main.ts', {
    BUSBAR_PORT: '0',
    BUSBAR_OCPP_PORT: '0',
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
  });
  const fleets: Fleet[] = [];
  try {
    const ready = await cpms.next((it): it is CpmsReady => it.type === 'ready');
    for (let index = 0; index < asked.fleets; index += 1) {
      const fleet: Fleet = startChild('launch/load/fleet.ts', {});
      fleets.push(fleet);
      await fleet.next((it): it is FleetReady => it.type === 'ready');
    }
    const summary = await measure(asked, cpms.pid, ready, fleets);
    process.stdout.write(`${JSON.stringify(summary, null, asked.json ? undefined : 2)}\n`);
    return summary.overLimitAmpSeconds === 0 && summary.charging > 0 ? 0 : 1;
  } finally {
    await Promise.all(fleets.map((fleet) => fleet.end()));
    await cpms.end();
  }
}

async function measure(asked: Options, pid: number, ready: CpmsReady, fleets: readonly Fleet[]) {
  const api = createApiClient(`http://127.0.0.1:${ready.port}`, ready.apiKey);
  const reports = collect(fleets);
  await connectAll(asked, ready, api, fleets);
  const startedMs = performance.now();
  await untilCharging(asked, reports);
  const settleSec = (performance.now() - startedMs) / 1000;
  const before = await api.get<Figures>('/v1/figures');
  const usageBefore = usageOf(pid);
  const fromMs = performance.now();
  reports.restart();
  await sleep(asked.minutes * 60_000);
  const tookSec = (performance.now() - fromMs) / 1000;
  const usage = usageOf(pid);
  const after = await api.get<Figures>('/v1/figures');
  const { answeredMs, newest, ownLagMs } = reports.read();
  const cpu = (kind: 'own' | 'below'): number | null =>
    usage === undefined || usageBefore === undefined
      ? null
      : Math.round((usage[kind].cpuMs - usageBefore[kind].cpuMs) / tookSec / 10);
  const megabytes = (bytes: number | undefined): number | null =>
    bytes === undefined ? null : Math.round(bytes / 1e6);
  return {
    stations: asked.stations,
    sites: asked.sites,
    settleSec: Math.round(settleSec),
    measuredSec: Math.round(tookSec),
    connected: newest.booted,
    charging: newest.charging,
    stationCalls: answeredMs.length,
    stationCallsPerSec: Math.round(answeredMs.length / tookSec),
    answerMs: percentiles(answeredMs),
    profiles: after.profileCommands - before.profileCommands,
    profileAckMs: percentiles(after.ackMs.slice(before.ackMs.length)),
    decisionMs: percentiles(after.decisionMs.slice(before.decisionMs.length)),
    overallProfileAckMs: percentiles(after.ackMs),
    cpuPercent: cpu('own'),
    databaseCpuPercent: cpu('below'),
    memoryMb: megabytes(usage?.own.memoryBytes),
    databaseMemoryMb: megabytes(usage?.below.memoryBytes),
    fleetLagMs: percentiles(ownLagMs),
    overLimitAmpSeconds: newest.overLimitAmpSeconds,
  };
}

/** Each site is made known, then its stations connect; sites follow one another. */
async function connectAll(
  asked: Options,
  ready: CpmsReady,
  api: ApiClient,
  fleets: readonly Fleet[],
): Promise<void> {
  const sites = loadSites(asked.sites, asked.stations);
  say(`provisioning ${asked.stations} stations on ${sites.length} sites`);
  const secrets = [];
  for (const site of sites) secrets.push(await provision(api, site, { fallbackSessionA: 0 }));
  for (const [index, site] of sites.entries()) {
    const nowMs = Date.now();
    const start: StartMessage = {
      type: 'start',
      ocppUrl: `ws://127.0.0.1:${ready.ocppPort}/ocpp`,
      apiUrl: `http://127.0.0.1:${ready.port}`,
      apiKey: ready.apiKey,
      siteId: site.id,
      site,
      stations: secrets[index] ?? [],
      clock: { originSiteMs: nowMs, originRealMs: nowMs, speed: 1 },
      sessions: loadSessions(site, { fromMs: nowMs + 5000, withinMs: ARRIVE_WITHIN_MS }),
      seed: index + 1,
      claims: false,
      buildingLoad: false,
    };
    fleets[index % fleets.length]?.send({ type: 'site', start });
    await sleep(SITE_EVERY_MS);
  }
}

async function untilCharging(
  { stations }: Options,
  reports: ReturnType<typeof collect>,
): Promise<void> {
  const endMs = performance.now() + SETTLE_MAX_MS;
  for (let turn = 0; performance.now() < endMs; turn += 1) {
    const { newest } = reports.read();
    if (newest.charging >= CHARGING_WANTED_FRACTION * stations) return;
    if (turn % 5 === 0) say(`${newest.booted} booted, ${newest.charging} charging`);
    await sleep(1000);
  }
  say(`not all charge after ${SETTLE_MAX_MS / 1000} s; measured all the same`);
}

/** The newest report of each fleet, and all answers since the last restart. */
function collect(fleets: readonly Fleet[]) {
  const newestOf = new Map<Fleet, FleetReport>();
  let answeredMs: number[] = [];
  let ownLagMs: number[] = [];
  for (const fleet of fleets) {
    fleet.onMessage((message) => {
      if (message.type !== 'report') return;
      newestOf.set(fleet, message);
      for (const ms of message.answeredMs) answeredMs.push(ms);
      ownLagMs.push(message.ownLagMs);
    });
  }
  const sum = (of: (report: FleetReport) => number): number =>
    [...newestOf.values()].reduce((all, report) => all + of(report), 0);
  return {
    restart(): void {
      answeredMs = [];
      ownLagMs = [];
    },
    read: () => ({
      answeredMs,
      ownLagMs,
      newest: {
        booted: sum((it) => it.booted),
        charging: sum((it) => it.charging),
        overLimitAmpSeconds: sum((it) => it.overLimitAmpSeconds),
      },
    }),
  };
}
