/**
 * `npm run load -- --stations 2000 --minutes 2 --json`: the service as the demo starts it, thousands
 * of virtual stations that charge in processes beside it, and how quickly both sides are answered.
 * An answer is measured by the station: from its call given to the socket to the answer read.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { createApiClient } from '../api-client.js';
import { type Child, startChild } from '../child.js';
import { type Collected, collect, type Fleet } from './collect.js';
import { number, whole } from '../flags.js';
import { connectAll } from './connect-all.js';
import type { FleetReady } from './fleet-messages.js';
import { type Processes, startUsage } from './process-usage.js';
import { scrape } from './scrape.js';
import { readFigures } from './service-figures.js';

interface Options {
  readonly stations: number;
  readonly sites: number;
  readonly fleets: number;
  readonly minutes: number;
  readonly visitMinutes: number;
  readonly cpuProf?: string;
  readonly json: boolean;
}

interface CpmsReady {
  readonly type: 'ready';
  readonly port: number;
  readonly ocppPort: number;
  readonly apiKey: string;
}

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
  return new Command('load')
    .description('Thousands of virtual stations against the service, over real WebSockets.')
    .option(
      '--stations <n>',
      'virtual stations, half OCPP 1.6 and half 2.0.1',
      whole(1, 20_000),
      2000,
    )
    .option('--sites <n>', 'sites that they are spread over', whole(1, 1000), 40)
    .option('--fleets <n>', 'processes that play them', whole(1, 64), 2)
    .option('--minutes <n>', 'measured time, once all charge', number(0.05, 10_000), 2)
    .option(
      '--visit-minutes <n>',
      'how long a vehicle stays before the next one comes',
      number(0.1, 10_000),
      60,
    )
    .option('--cpu-prof <folder>', 'CPU profiles of all processes, written as they end')
    .option('--json', 'one JSON object as the last line of stdout', false)
    .parse()
    .opts<Options>();
}

async function main(asked: Options): Promise<number> {
  const { cpuProf } = asked;
  const nodeArgs = cpuProf === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${cpuProf}`];
  const env = {
    BUSBAR_PORT: '0',
    BUSBAR_OCPP_PORT: '0',
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
  };
  const cpms: Child<CpmsReady, never> = startChild('src/main.ts', env, nodeArgs);
  const fleets: Fleet[] = [];
  try {
    const ready = await cpms.next((it): it is CpmsReady => it.type === 'ready');
    for (let index = 0; index < asked.fleets; index += 1) {
      const fleet: Fleet = startChild('launch/load/fleet.ts', {}, nodeArgs);
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
  const apiUrl = `http://127.0.0.1:${ready.port}`;
  const api = createApiClient(apiUrl, ready.apiKey);
  const processes: Processes = { service: pid, fleets: fleets.map((fleet) => fleet.pid) };
  const reports = collect(fleets);
  const stopScraping = scrape(apiUrl);
  const settling = { usage: startUsage(processes), startedMs: performance.now() };
  await connectAll(
    {
      ...asked,
      ocppUrl: `ws://127.0.0.1:${ready.ocppPort}/ocpp`,
      apiUrl,
      apiKey: ready.apiKey,
      say,
    },
    api,
    fleets,
  );
  await untilCharging(asked, reports);
  const settle = {
    sec: Math.round((performance.now() - settling.startedMs) / 1000),
    ...reports.calls(),
    ...settling.usage(),
    fleetLagMs: reports.lagMs(),
    overLimitAmpSeconds: reports.newest().overLimitAmpSeconds,
  };
  const figures = await readFigures(api);
  const usage = startUsage(processes);
  const fromMs = performance.now();
  reports.restart();
  await sleep(asked.minutes * 60_000);
  const tookSec = (performance.now() - fromMs) / 1000;
  const used = usage();
  const { booted, charging, overLimitAmpSeconds } = reports.newest();
  const called = reports.calls();
  stopScraping();
  return {
    stations: asked.stations,
    sites: asked.sites,
    fleets: asked.fleets,
    measuredSec: Math.round(tookSec),
    connected: booted,
    charging,
    ...called,
    answersPerSec: Math.round(called.calls.answered / tookSec),
    ...(await figures()),
    ...used,
    fleetLagMs: reports.lagMs(),
    overLimitAmpSeconds: overLimitAmpSeconds - settle.overLimitAmpSeconds,
    settle,
  };
}

async function untilCharging({ stations }: Options, reports: Collected): Promise<void> {
  const endMs = performance.now() + SETTLE_MAX_MS;
  for (let turn = 0; performance.now() < endMs; turn += 1) {
    const newest = reports.newest();
    if (newest.charging >= CHARGING_WANTED_FRACTION * stations) return;
    if (turn % 5 === 0) say(`${newest.booted} booted, ${newest.charging} charging`);
    await sleep(1000);
  }
  say(`not all charge after ${SETTLE_MAX_MS / 1000} s; measured all the same`);
}
