/**
 * Pictures of a site in motion for the page's tests: vehicles ramp, one waits, one station is
 * offline, a grid order comes and goes. Deterministic in `tick`.
 */
import {
  amps,
  type BoundBy,
  circuitId,
  type EvseId,
  sessionId,
  signalId,
} from '../../solver/index.js';
import type { LiveCircuit, LiveEvse, LiveSite } from '../../src/api/ports.js';
import { conductorLoads } from '../../src/sites/conductor-loads.js';
import type { Site, SiteEvse } from '../../src/sites/site.js';

const STEP_MS = 5000;
const PHASES = 3;
const VOLTAGE_V = 230;
const ORDER_FROM_TICK = 60;
const SETTLE_TICKS = 3;
const OTHER_LOAD_W = 2300;

const rating = { kind: 'rating' } as const;
const order = { kind: 'signal', signalId: signalId('order-1') } as const;

export function pictureAt(site: Site, startMs: number, tick: number): LiveSite {
  const atMs = startMs + tick * STEP_MS;
  const ordered = tick >= ORDER_FROM_TICK;
  const evses = site.evses.map((evse, index) => evseAt({ evse, index, tick, ordered, atMs }));
  const powerW = evses.reduce((sum, evse) => sum + evse.powerW, 0);
  const settling = ordered && tick < ORDER_FROM_TICK + SETTLE_TICKS ? 1.55 : 1;
  const worstW = evses.reduce(
    (sum, evse) => sum + evse.worstCaseA * PHASES * VOLTAGE_V * settling,
    0,
  );
  const charging = evses.filter((evse) => evse.powerW > 0).length;
  const ownerW = site.importLimitW ?? 69_000;
  const limitW = ordered ? Math.min(ownerW, 32_000) : ownerW;
  return {
    siteId: site.id,
    name: site.name,
    timeZone: site.timeZone,
    atMs,
    seq: tick + 1,
    sentence: sentenceOf(charging, powerW, limitW, ordered),
    powerW,
    otherLoadW: OTHER_LOAD_W,
    limitW,
    ceilingW: worstW + OTHER_LOAD_W,
    reservedOfflineW: 6 * PHASES * VOLTAGE_V,
    counts: { stations: 10, online: 9, charging, waiting: 1, plugged: 9 },
    energyTodayWh: 84_300 + tick * 60,
    evses,
    circuits: site.circuits.map((circuit) => circuitAt(site, circuit.id, evses, tick, startMs)),
    ...(ordered
      ? {
          signal: {
            issuer: 'City grid',
            limitW: 32_000,
            receivedAtMs: startMs + ORDER_FROM_TICK * STEP_MS,
            endsAtMs: startMs + 3 * 3_600_000,
            appliedFraction: tick - ORDER_FROM_TICK < 3 ? (tick - ORDER_FROM_TICK) / 3 : 1,
          },
        }
      : {}),
  };
}

function sentenceOf(charging: number, powerW: number, limitW: number, ordered: boolean): string {
  const kw = (value: number): string => (value / 1000).toFixed(1);
  const why = ordered ? ' until 16:00 (City grid)' : '';
  return (
    `${charging} of 9 vehicles charge at ${kw(powerW)} kW; limit ${kw(limitW)} kW${why}. ` +
    '1 station is offline: 4.1 kW stay reserved for it.'
  );
}

interface EvseMoment {
  readonly evse: SiteEvse;
  readonly index: number;
  readonly tick: number;
  readonly ordered: boolean;
  readonly atMs: number;
}

function evseAt({ evse, index, tick, ordered, atMs }: EvseMoment): LiveEvse {
  const offline = index === 7;
  const waiting = index === 4;
  const free = index === 9;
  const full = index === 2;
  const goalA = [16, 32, 6, 20, 16, 24, 14, 16, 32, 0][index] ?? 0;
  const allowedA = free || waiting || offline ? 0 : Math.floor(goalA * (ordered ? 0.27 : 0.47));
  const limitA = full ? 6 : allowedA;
  const wobble = 0.9 + 0.1 * Math.sin(tick / 3 + index * 1.7);
  const ramp = Math.min(1, (tick + 4) / (8 + index * 3));
  const drawnA = full ? 0 : Math.round(limitA * wobble * ramp * 10) / 10;
  const base = {
    evseId: evse.id,
    stationId: evse.stationId,
    online: !offline,
    limitA,
    goalA,
    drawnA,
    powerW: drawnA * PHASES * VOLTAGE_V,
    limitW: limitA * PHASES * VOLTAGE_V,
    worstCaseA: offline ? 6 : limitA,
    boundBy: boundOf({ evse, index, tick, ordered, atMs }),
    reason: reasonOf(index, ordered),
    sinceMs: atMs - 45_000 - index * 61_000,
  };
  if (free) return { ...base, status: 'available' };
  return {
    ...base,
    status: waiting ? 'suspended-evse' : full ? 'suspended-ev' : 'charging',
    sessionId: sessionId(`s-${index + 1}`),
    phase: 'active',
    energyWh: 3100 + index * 1870 + tick * drawnA * 0.9,
    ...(index % 3 === 0
      ? { departureAtMs: atMs + (2 + index) * 3_600_000, remainingWh: 18_400 - index * 900 }
      : {}),
    ...(index === 3 ? { socFraction: 0.62 } : {}),
  };
}

function boundOf({ index, ordered, atMs }: EvseMoment): BoundBy {
  const north = circuitId('north');
  const grid = circuitId('grid');
  const waitsFor: readonly EvseId[] = ['CP02:1' as EvseId];
  const shared: BoundBy = ordered
    ? { kind: 'circuit', circuitId: grid, conductor: 'total power', source: order, shareCount: 6 }
    : { kind: 'circuit', circuitId: north, conductor: 'L2', source: rating, shareCount: 3 };
  const bounds: readonly BoundBy[] = [
    shared,
    shared,
    { kind: 'satisfied' },
    shared,
    { kind: 'admission', circuitId: north, conductor: 'L2', source: rating, queuePlace: 1 },
    { kind: 'ledger', circuitId: grid, waitsFor },
    { kind: 'vehicle', currentMaxA: amps(11) },
    { kind: 'offline', reservedA: amps(6) },
    { kind: 'hold', untilMs: atMs + 130_000 },
    { kind: 'no-session' },
  ];
  return bounds[index] ?? { kind: 'no-session' };
}

function reasonOf(index: number, ordered: boolean): string {
  const shared = ordered
    ? 'City grid orders at most 32.0 kW for the site; 6 vehicles share it.'
    : 'North row carries 50 A on L2; 3 vehicles share what is left of it.';
  const reasons = [
    shared,
    shared,
    'The vehicle has stopped asking for energy and keeps its minimum.',
    shared,
    'Its minimum of 6 A does not fit on North row L2 now; it is next.',
    'CP02:1 was cut; its current is handed on once it has followed.',
    'The vehicle takes 11 A at most.',
    'No link: 6 A stay reserved because the station may still draw them.',
    'Raised only after steady headroom, so that vehicles are not switched back and forth.',
    'No vehicle is plugged in.',
  ];
  return reasons[index] ?? 'No vehicle is plugged in.';
}

function circuitAt(
  site: Site,
  id: string,
  evses: readonly LiveEvse[],
  tick: number,
  startMs: number,
): LiveCircuit {
  const circuit = site.circuits.find((each) => each.id === id);
  if (circuit === undefined) throw new Error(`no circuit ${id}`);
  const below = (evse: LiveEvse): boolean =>
    id === 'grid' || site.evses.find((each) => each.id === evse.evseId)?.circuitId === id;
  const sum = (valueOf: (evse: LiveEvse) => number): number =>
    evses.filter(below).reduce((total, evse) => total + valueOf(evse), 0);
  const loadA = sum((evse) => evse.drawnA);
  const worstA = sum((evse) => evse.worstCaseA);
  const [a, b, c] = circuit.baseLoadMaxA;
  const wave = 0.6 + 0.15 * Math.sin(tick / 9);
  return {
    circuitId: circuit.id,
    name: circuit.name,
    ...(circuit.parentId === undefined ? {} : { parentId: circuit.parentId }),
    conductors: circuit.limits.flatMap((limit) => {
      const loads = conductorLoads(limit, [loadA, loadA, loadA], [a * wave, b * wave, c * wave]);
      const worst = conductorLoads(limit, [worstA, worstA, worstA], circuit.baseLoadMaxA);
      return loads.map((each, index) => ({
        conductor: each.conductor,
        unit: each.unit,
        limit: each.limit,
        load: each.load,
        ceiling: worst[index]?.load ?? 0,
      }));
    }),
    ...(id === 'south'
      ? { notGuaranteed: { cause: 'fallback-not-read-back', sinceMs: startMs - 20_000 } }
      : {}),
  };
}
