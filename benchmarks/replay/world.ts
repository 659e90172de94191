/** Plays visits against a policy: batteries, pilots, conductors, one event after the other. */
import { demandIntervals } from './demand-intervals.js';
import { type ConnectionTotals, createConnection } from './connection.js';
import { createOutlook } from './outlook.js';
import type { Around, ClaimKind, Guest, Policy } from './policy.js';
import { overloadA, type ReplaySite } from './site.js';
import type { Surroundings } from './surroundings.js';
import type { Visit } from './visits.js';

export interface PlayOptions {
  readonly site: ReplaySite;
  readonly visits: readonly Visit[];
  readonly claims: ClaimKind;
  /** Of the plan. */
  readonly gridSec: number;
  readonly demandIntervalSec: number;
  /** Absent: the vehicles are alone, and only while they are there anything is counted. */
  readonly around?: Surroundings | undefined;
}

export interface PlayResult {
  /** Of each visit, Wh. */
  readonly deliveredWh: Float64Array;
  readonly starts: number;
  /** Of vehicles and battery on top of what the building takes, each conductor by itself. */
  readonly overloadAmpSeconds: number;
  /** Import by demand interval, Wh. */
  readonly intervalWh: readonly number[];
  /** Of the first demand interval, by the clock. */
  readonly startAtMs: number;
  readonly cpuMs: readonly number[];
  readonly totals: ConnectionTotals;
}

interface Plugged {
  readonly visit: Visit;
  readonly index: number;
  deliveredWh: number;
  pilotA: number;
  sinceMs: number;
}

const MS_PER_HOUR = 3_600_000;
/** A battery with less room than this is full, Wh. */
const FULL_WH = 1e-6;

export async function play(policy: Policy, options: PlayOptions): Promise<PlayResult> {
  const { site, visits, gridSec, demandIntervalSec } = options;
  const gridMs = gridSec * 1000;
  const { around } = options;
  const startAtMs =
    around?.startAtMs ?? Math.floor((visits[0]?.arrivalAtMs ?? 0) / gridMs) * gridMs;
  const stopAtMs = around?.endAtMs ?? startAtMs;
  const connection = createConnection(around);
  const outlookAt = around === undefined ? undefined : createOutlook(around);
  const intervals = demandIntervals(startAtMs, demandIntervalSec * 1000);
  const deliveredWh = new Float64Array(visits.length);
  const cpuMs: number[] = [];
  const currentsA = new Float64Array(site.evses.length);
  let plugged: Plugged[] = [];
  let next = 0;
  let starts = 0;
  let overloadAmpSeconds = 0;
  let nowMs = startAtMs;
  let wakeMs = Infinity;
  const hasBattery = around?.battery !== undefined;
  let changeMs = startAtMs;
  while (next < visits.length || plugged.length > 0 || nowMs < stopAtMs) {
    let isPlanDue = (nowMs - startAtMs) % gridMs === 0 || nowMs === changeMs;
    const staying = plugged.filter((it) => it.visit.departureAtMs > nowMs);
    for (const it of plugged) deliveredWh[it.index] = it.deliveredWh;
    if (staying.length < plugged.length) isPlanDue = true;
    plugged = staying;
    for (; (visits[next]?.arrivalAtMs ?? Infinity) <= nowMs; next += 1) {
      const visit = visits[next] as Visit;
      plugged.push({ visit, index: next, deliveredWh: 0, pilotA: 0, sinceMs: visit.arrivalAtMs });
      isPlanDue = true;
    }
    const open = plugged.filter(isOpen);
    for (const it of plugged) if (!isOpen(it)) it.pilotA = 0;
    wakeMs = Infinity;
    if (open.length > 0 || isAskedAlone(isPlanDue)) {
      const began = process.cpuUsage();
      const { pilotsA, wakeAtMs, batteryW } = await policy.decide({
        nowMs,
        isPlanDue,
        guests: open.map((it) => guestOf(it, options.claims, nowMs)),
        full: plugged.filter((it) => !isOpen(it)).map((it) => guestOf(it, options.claims, nowMs)),
        peakSoFarW: intervals.peakW(),
        importSoFarW: intervals.soFarW(nowMs),
        ...aroundNow(),
      });
      connection.order(batteryW ?? 0);
      wakeMs = wakeAtMs ?? Infinity;
      cpuMs.push(cpuMsSince(began));
      for (const [at, it] of open.entries()) starts += tell(it, pilotsA[at] as number, nowMs);
    }
    const endMs = Math.min(nextMs(), intervals.endOf(nowMs));
    advance(endMs);
    nowMs = endMs;
  }
  const { startAtMs: firstMs, importWh: intervalWh } = intervals;
  const { totals } = connection;
  return { deliveredWh, starts, overloadAmpSeconds, intervalWh, startAtMs: firstMs, cpuMs, totals };

  function isAskedAlone(isPlanDue: boolean): boolean {
    return policy.asked === 'always' || (policy.asked === 'battery' && isPlanDue && hasBattery);
  }

  function aroundNow(): { readonly around?: Around } {
    if (around === undefined || outlookAt === undefined) return {};
    const { battery: spec } = around;
    const battery =
      spec === undefined ? {} : { battery: { spec, energyWh: connection.totals.batteryWh } };
    return { around: { ...connection.powersAt(nowMs), ...battery, outlook: outlookAt(nowMs) } };
  }

  /** The next instant at which anything changes by itself. */
  function nextMs(): number {
    const arrivalMs = visits[next]?.arrivalAtMs ?? Infinity;
    if (plugged.length === 0 && around === undefined) return Math.max(nowMs + 1, arrivalMs);
    const vehiclesW = plugged.reduce((sum, it) => sum + drawA(it) * site.voltageV, 0);
    changeMs = connection.nextMs(nowMs, vehiclesW);
    let atMs = Math.min(
      arrivalMs,
      wakeMs,
      changeMs,
      (Math.floor((nowMs - startAtMs) / gridMs) + 1) * gridMs + startAtMs,
      nowMs < stopAtMs ? stopAtMs : Infinity,
    );
    for (const it of plugged) {
      atMs = Math.min(atMs, it.visit.departureAtMs);
      const powerW = drawA(it) * site.voltageV;
      const roomWh = it.visit.energyWh - it.deliveredWh;
      if (powerW > 0)
        atMs = Math.min(atMs, nowMs + Math.max(1, Math.ceil((roomWh / powerW) * MS_PER_HOUR)));
    }
    return Math.max(nowMs + 1, atMs);
  }

  function advance(toMs: number): void {
    currentsA.fill(0);
    const hours = (toMs - nowMs) / MS_PER_HOUR;
    let vehiclesWh = 0;
    for (const it of plugged) {
      const current = drawA(it);
      currentsA[it.visit.evseIndex] = current;
      const wh = Math.min(it.visit.energyWh - it.deliveredWh, current * site.voltageV * hours);
      it.deliveredWh += wh;
      vehiclesWh += wh;
    }
    const { importWh, beside } = connection.advance(nowMs, toMs, vehiclesWh);
    intervals.add(nowMs, toMs, importWh);
    overloadAmpSeconds += overloadA(site, currentsA, beside) * hours * 3600;
  }
}

function cpuMsSince(began: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000;
}

const isOpen = ({ visit, deliveredWh }: Plugged): boolean => visit.energyWh - deliveredWh > FULL_WH;

const drawA = (it: Plugged): number => (isOpen(it) ? Math.min(it.pilotA, it.visit.maxA) : 0);

/** 1 where charging starts. */
function tell(it: Plugged, pilotA: number, nowMs: number): number {
  const begins = it.pilotA === 0 && pilotA > 0;
  if (pilotA > 0 !== it.pilotA > 0) it.sinceMs = nowMs;
  it.pilotA = pilotA;
  return begins ? 1 : 0;
}

/** Where nobody said what is wanted: a common session, of which this much at least is left. */
const ENERGY_ASSUMED_WH = 15_000;
const ENERGY_LEFT_MIN_WH = 2000;
const STAY_ASSUMED_MS = 4 * MS_PER_HOUR;

function guestOf(
  { visit, deliveredWh, pilotA, sinceMs }: Plugged,
  claims: ClaimKind,
  nowMs: number,
): Guest {
  const said = claims === 'true' ? visit : visit.claim;
  // A vehicle that still draws when all is delivered or its time is over wants what nobody said.
  const isClaimed = said !== undefined && said.energyWh > deliveredWh && said.departureAtMs > nowMs;
  return {
    evseIndex: visit.evseIndex,
    sessionId: visit.sessionId,
    arrivedAtMs: visit.arrivalAtMs,
    maxA: visit.maxA,
    isClaimed,
    remainingWh: isClaimed
      ? said.energyWh - deliveredWh
      : Math.max(ENERGY_LEFT_MIN_WH, ENERGY_ASSUMED_WH - deliveredWh),
    departureAtMs: isClaimed ? said.departureAtMs : nowMs + STAY_ASSUMED_MS,
    deliveredWh,
    pilotA,
    sinceMs,
  };
}
