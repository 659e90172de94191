/**
 * The real processes under kill -9: the service and its PostgreSQL are killed at random moments,
 * again and again, on one data directory. Recording stations say what was acknowledged, an API
 * client what was confirmed, and a virtual site measures what was drawn.
 */
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { percentiles } from '../../launch/percentiles.js';
import { provision } from '../../launch/provision.js';
import { randomFor } from '../../simulator/random.js';
import { generateDemo } from '../../simulator/sessions/generate.js';
import { VirtualSite } from '../../simulator/virtual-site.js';
import { type CpmsProcess, postmasterPid, startCpms } from '../support/cpms-process.js';
import { makeDirectory, removeDirectory } from '../support/demo-process.js';
import {
  type LostRows,
  lostRows,
  recordedNow,
  sessionRows,
  unreserved,
} from '../support/durable-rows.js';
import { connectStations, partOfDemo } from '../support/durable-stations.js';
import type { RecordingStation } from '../support/recording-station.js';
import { type ApiWriter, startApiWriter } from './api-writer.js';
import { type CommandWriter, startCommandWriter } from './command-writer.js';

const VICTIMS = ['service', 'postgres', 'both'] as const;
type Victim = (typeof VICTIMS)[number];

export interface ChaosReport {
  readonly kills: Readonly<Record<Victim, number>>;
  readonly minutes: number;
  /** Transaction messages that a station got an answer for, and 2xx of the API. */
  readonly acknowledged: number;
  /** Of operators, with a row of their own. */
  readonly commands: number;
  readonly missing: number;
  readonly duplicated: number;
  readonly profiles: number;
  readonly overLimitAmpSeconds: number;
  /** From the kill to `ready` and a transaction message answered, real ms. */
  readonly recoverMs: { readonly p50: number | null; readonly p99: number | null };
  readonly violations: readonly string[];
}

export interface ChaosOptions {
  readonly minutes: number;
  readonly killsMax: number;
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** Real time between a recovery and the next kill, ms. */
const CALM_MS = [200, 3000] as const;
/** As long as PostgreSQL may take to write everything of its directory to the disk after a crash. */
const RECOVER_MAX_MS = 330_000;
const CATCH_UP_MS = 60_000;
/** Longest wait of a ledger with unknown commands: their flight, and settling. */
const PROFILES_MAX_MS = 400_000;
const POLL_MS = 50;
/** Listing everything takes longer the more there is. */
const CHECK_EVERY_KILLS = 5;
const VIOLATIONS_MAX = 50;
/** Of what a service that does not come back has said. */
const REASON_CHARS = 2000;
/** Below the ports that systems give to outgoing connections: none may take ours while it is down. */
const PORTS = [20_000, 32_000] as const;

interface World {
  readonly dataDir: string;
  readonly ports: { readonly api: number; readonly ocpp: number };
  cpms: CpmsProcess;
  stations: readonly RecordingStation[];
}

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const dataDir = makeDirectory();
  const random = randomFor(process.pid, 'ports');
  const ports = { api: await freePort(random), ocpp: await freePort(random) };
  const world: World = { dataDir, ports, cpms: await start({ dataDir, ports }), stations: [] };
  try {
    return await campaign(world, options);
  } finally {
    await world.cpms.end();
    removeDirectory(dataDir);
  }
}

async function campaign(world: World, options: ChaosOptions): Promise<ChaosReport> {
  const { say, seed } = options;
  const { api, apiKey, apiUrl, ocppUrl } = world.cpms;
  const random = randomFor(seed, 'chaos');
  world.stations = await connectStations(api, seed);
  const metered = await openMeteredSite({ api, apiKey, apiUrl, ocppUrl }, seed);
  const writer = startApiWriter({ apiUrl, apiKey });
  const commands = startCommandWriter({ apiUrl, apiKey }, world.stations);
  for (const station of world.stations) station.connect(ocppUrl);
  metered.start();

  const kills: Record<Victim, number> = { service: 0, postgres: 0, both: 0 };
  const recoverMs: number[] = [];
  const violations: string[] = [];
  const lost = { missing: 0, duplicated: 0 };
  const endsAtMs = performance.now() + options.minutes * 60_000;
  const startedMs = performance.now();
  const count = (): number => kills.service + kills.postgres + kills.both;
  await until(() => acknowledged(world, writer) > 100, CATCH_UP_MS);
  while (performance.now() < endsAtMs && count() < options.killsMax && violations.length === 0) {
    await sleep(CALM_MS[0] + (CALM_MS[1] - CALM_MS[0]) * random());
    const victim = VICTIMS[Math.floor(random() * VICTIMS.length)] ?? 'both';
    const recovered = await killAndRecover(world, writer, victim);
    kills[victim] += 1;
    if (typeof recovered === 'string') violations.push(`kill ${count()} (${victim}): ${recovered}`);
    else recoverMs.push(recovered);
    const took = typeof recovered === 'string' ? recovered : `${recovered.toFixed(0)} ms`;
    say(`kill ${count()} ${victim}: ${took}, ${acknowledged(world, writer)} answers`);
    if (count() % CHECK_EVERY_KILLS === 0) violations.push(...(await checkBetween(world, lost)));
  }
  violations.push(...(await checkAtEnd(world, { writer, commands, metered, lost })));
  const { overLimitAmpSeconds } = await metered.finish();
  if (overLimitAmpSeconds > 0) violations.push(`${overLimitAmpSeconds} As over a rating`);
  const { p50, p99 } = percentiles(recoverMs);
  return {
    kills,
    minutes: Number(((performance.now() - startedMs) / 60_000).toFixed(2)),
    acknowledged: acknowledged(world, writer),
    commands: commands.confirmed.size,
    ...lost,
    profiles: profiles(world) + metered.profilesAccepted(),
    overLimitAmpSeconds,
    recoverMs: { p50: p50 ?? null, p99: p99 ?? null },
    violations: violations.slice(0, VIOLATIONS_MAX),
  };
}

/** How long it took, real ms; or in words why it is not back. */
async function killAndRecover(
  world: World,
  writer: ApiWriter,
  victim: Victim,
): Promise<number | string> {
  const killedMs = performance.now();
  if (victim !== 'service') killPostgres(world.dataDir);
  if (victim !== 'postgres') {
    await world.cpms.kill();
    const started = await start(world).catch((error: unknown) => String(error));
    if (typeof started === 'string') return `does not start: ${started.slice(-REASON_CHARS)}`;
    world.cpms = started;
  }
  const { apiUrl } = world.cpms;
  const isReady = async (): Promise<boolean> =>
    (await fetch(`${apiUrl}/readyz`).catch(() => undefined))?.status === 200;
  const said = (): string => world.cpms.stderr().slice(-REASON_CHARS);
  if (!(await until(isReady, RECOVER_MAX_MS))) return `not ready: ${said()}`;
  const before = acknowledged(world, writer);
  const answers = (): boolean => acknowledged(world, writer) > before;
  if (!(await until(answers, RECOVER_MAX_MS))) return `answers no station: ${said()}`;
  return performance.now() - killedMs;
}

function killPostgres(dataDir: string): void {
  const pid = postmasterPid(dataDir);
  if (pid === undefined) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

interface Lost {
  missing: number;
  duplicated: number;
}

/** Rows may still be on their way from the inbox to the sessions: what is lost stays lost. */
async function checkBetween({ cpms, stations }: World, lost: Lost): Promise<readonly string[]> {
  const found = await lookedUp(async () => {
    const recorded = recordedNow(stations);
    return lostRows(await sessionRows(cpms.api), recorded, 'acknowledged');
  });
  return [...noted(lost, found), ...(await answered(() => unreserved(cpms.api, stations)))];
}

/** Looks until nothing is missing, for as long as rows may still be on their way. */
async function lookedUp(look: () => Promise<LostRows>): Promise<LostRows> {
  let found = await answered(look);
  await until(async () => {
    if (found.missing.length + found.duplicated.length === 0) return true;
    found = await answered(look);
    return false;
  }, CATCH_UP_MS);
  return found;
}

/** A service that was ready may lose a database whose end it had not noticed yet. */
async function answered<T>(ask: () => Promise<T>): Promise<T> {
  let failure: unknown;
  let answer: { readonly value: T } | undefined;
  await until(async () => {
    try {
      answer = { value: await ask() };
    } catch (error) {
      failure = error;
    }
    return answer !== undefined;
  }, RECOVER_MAX_MS);
  if (answer === undefined) throw failure;
  return answer.value;
}

async function checkAtEnd(
  world: World,
  {
    writer,
    commands,
    metered,
    lost,
  }: {
    readonly writer: ApiWriter;
    readonly commands: CommandWriter;
    readonly metered: VirtualSite;
    readonly lost: Lost;
  },
): Promise<readonly string[]> {
  const { cpms, stations } = world;
  const violations: string[] = [];
  const before = profiles(world) + metered.profilesAccepted();
  const flows = (): boolean => profiles(world) + metered.profilesAccepted() > before;
  if (!(await until(flows, PROFILES_MAX_MS))) violations.push('no profile after the last kill');
  await Promise.all([writer.stop(), commands.stop()]);
  await Promise.all(stations.map((station) => station.finish()));
  const found = await lookedUp(async () =>
    lostRows(await sessionRows(cpms.api), stations, 'whole'),
  );
  violations.push(...noted(lost, found), ...noted(lost, await writer.check()));
  violations.push(...noted(lost, await commands.check()));
  for (const { id, callIds } of stations) {
    const again = callIds.length - new Set(callIds).size;
    lost.duplicated += again;
    if (again > 0) violations.push(`${id}: ${again} message ids were used twice`);
  }
  return violations;
}

function noted(
  lost: Lost,
  found: { readonly missing: readonly string[]; readonly duplicated: readonly string[] },
): readonly string[] {
  lost.missing += found.missing.length;
  lost.duplicated += found.duplicated.length;
  return [
    ...found.missing.map((it) => `missing: ${it}`),
    ...found.duplicated.map((it) => `duplicated: ${it}`),
  ];
}

/** Vehicles that draw, under a meter that does not know of the service. */
async function openMeteredSite(
  access: Pick<CpmsProcess, 'api' | 'apiKey' | 'apiUrl' | 'ocppUrl'>,
  seed: number,
): Promise<VirtualSite> {
  const site = partOfDemo('metered', 4, 16);
  const stations = await provision(access.api, site, { fallbackSessionA: 0 });
  const nowMs = Date.now();
  return new VirtualSite({
    ...access,
    type: 'start',
    siteId: site.id,
    site,
    stations,
    clock: { originSiteMs: nowMs, originRealMs: nowMs, speed: 1 },
    sessions: generateDemo({ site, seed, startAtMs: nowMs }),
    servesFrom: 'first-limit',
    seed,
    claims: true,
    buildingLoad: true,
  });
}

function start({ dataDir, ports }: Pick<World, 'dataDir' | 'ports'>): Promise<CpmsProcess> {
  return startCpms({
    dataDir,
    env: { BUSBAR_PORT: String(ports.api), BUSBAR_OCPP_PORT: String(ports.ocpp) },
  });
}

const acknowledged = ({ stations }: World, writer: ApiWriter): number =>
  stations
    .flatMap((station) => station.transactions)
    .reduce((sum, { ackedCount }) => sum + ackedCount, writer.confirmed.size);

const profiles = ({ stations }: World): number =>
  stations.reduce((sum, { counts }) => sum + counts.profiles, 0);

/** Polls; false when it is not true in time. */
async function until(look: () => boolean | Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const endsAtMs = performance.now() + timeoutMs;
  while (performance.now() < endsAtMs) {
    if (await look()) return true;
    await sleep(POLL_MS);
  }
  return false;
}

async function freePort(random: () => number): Promise<number> {
  for (;;) {
    const port = Math.floor(PORTS[0] + (PORTS[1] - PORTS[0]) * random());
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (isListening) await new Promise((resolve) => server.close(resolve));
  return isListening;
}
