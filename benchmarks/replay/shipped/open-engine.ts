/** The engine as it stands when the first vehicle comes: stations are known, and what they were tested for. */
import { type Amps, amps, type PerChannel, type StationId } from '../../../solver/index.js';
import { createEngine, type Engine } from './engine.js';
import type { ShippedSettings } from './busbar.js';
import { CURRENCY } from './prices.js';
import { configuredSite } from './site.js';
import type { Stations } from './stations.js';

/** First contact with all stations. */
const CONTACT_MS = 900_000;
/** For a try of each, one after the other. */
const TRY_MS = 60_000;

export function openEngine(settings: ShippedSettings, stations: Stations, nowMs: number): Engine {
  const { site, timeZone, solver, isFair, onOffMinSec, prices, around } = settings;
  const perKw = prices?.demandPerKw ?? 0;
  const loadsW = around?.load?.powersW ?? [];
  const configured = configuredSite(site, {
    timeZone,
    onOffMinSec,
    loadMaxW: loadsW.reduce((most, it) => Math.max(most, it), 0),
    battery: around?.battery,
    settings: {
      solver,
      fairness: isFair ? 1 : 0,
      ...(perKw > 0 ? { demandCharge: { currency: CURRENCY, pricePerKw: `${perKw}` } } : {}),
    },
  });
  const ids = configured.stations.map(({ id }) => id);
  const isAlone = configured.circuits.every(({ baseLoadMaxA }) =>
    baseLoadMaxA.every((a) => a === 0),
  );
  if (isAlone) {
    const engine = createEngine(configured, stations, nowMs - CONTACT_MS);
    connect(engine, ids, nowMs - CONTACT_MS);
    return engine;
  }
  // Each has shown a lease when it was put into service, before there was a building to leave room for.
  const startMs = nowMs - CONTACT_MS - (ids.length + 1) * TRY_MS;
  const circuits = configured.circuits.map((it) => ({ ...it, baseLoadMaxA: NONE }));
  const engine = createEngine({ ...configured, circuits, version: 0 }, stations, startMs);
  connect(engine, ids, startMs);
  for (const [at, id] of ids.entries()) tryOut(engine, id, startMs + CONTACT_MS + at * TRY_MS);
  const editedMs = nowMs - TRY_MS;
  engine.runTo(editedMs);
  engine.take(editedMs, { type: 'site.edited', site: configured, actor: 'owner' });
  return engine;
}

const NONE: PerChannel<Amps> = [amps(0), amps(0), amps(0)];

function connect(engine: Engine, ids: readonly StationId[], nowMs: number): void {
  for (const stationId of ids) {
    const from = { stationId, receivedAtMs: nowMs } as const;
    engine.take(
      nowMs,
      { ...from, type: 'station.connected', generation: 1, version: 'ocpp1.6' },
      { ...from, type: 'station.booted', vendor: 'replay', model: 'ideal' },
    );
  }
}

/** A transaction of half a minute. */
function tryOut(engine: Engine, stationId: StationId, fromMs: number): void {
  const at = (atMs: number) =>
    ({ stationId, receivedAtMs: atMs, atMs, evseNumber: 1, offline: false }) as const;
  const transactionId = `${TRY_NUMBER}`;
  const untilMs = fromMs + TRY_MS / 2;
  engine.runTo(fromMs);
  engine.take(fromMs, { ...at(fromMs), type: 'transaction.started', transactionId });
  engine.runTo(untilMs);
  engine.take(
    untilMs,
    { ...at(untilMs), type: 'transaction.ended', transactionId, samples: [] },
    { ...at(untilMs), type: 'evse.status', status: 'available' },
  );
}

/** Of no later transaction. */
const TRY_NUMBER = 999_999_999;
