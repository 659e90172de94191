/** Site <-> wire. The tenant is never shown and never taken from a body. */
import {
  amps,
  assert,
  type CircuitLimit,
  circuitId,
  evseId,
  type PerChannel,
  type PilotSet,
  siteId,
  stationId,
  volts,
  watts,
} from '../../../solver/index.js';
import { PILOTS_DEFAULT, SETTINGS_DEFAULT } from '../../sites/defaults.js';
import { siteNotes } from '../../sites/notes.js';
import type {
  Site,
  SiteCircuit,
  SiteEvse,
  SiteMeter,
  SiteSettings,
  SiteStorage,
} from '../../sites/site.js';
import type { SiteBody, SiteFile } from '../schema/site.js';
import { defined } from './defined.js';

/** A site of a file that has passed its schema; the domain's rules are checked after. */
export function siteFromFile(file: SiteFile, tenantId: string, version = 1): Site {
  const { importLimitW } = file;
  return {
    id: siteId(file.id),
    tenantId,
    name: file.name,
    timeZone: file.timeZone,
    supply: file.supply,
    voltageLineToNeutralV: volts(file.voltageLineToNeutralV),
    voltageLineToLineV: volts(file.voltageLineToLineV),
    ...(importLimitW === undefined ? {} : { importLimitW: watts(importLimitW) }),
    circuits: file.circuits.map(circuitOf),
    stations: file.stations.map((station) => ({
      id: stationId(station.id),
      offlineTested: station.offlineTested ?? false,
    })),
    evses: file.evses.map(evseOf),
    meters: (file.meters ?? []).map(meterOf),
    storage: (file.storage ?? []).map(storageOf),
    settings: settingsOf(file.settings ?? {}),
    version,
  };
}

export function renderSite(site: Site): SiteBody {
  const { tenantId: _, circuits, stations, evses, meters, storage, settings, ...premises } = site;
  return defined({
    ...premises,
    circuits: circuits.map(renderCircuit),
    stations: stations.map((station) => ({ ...station })),
    evses: evses.map(renderEvse),
    meters: (meters ?? []).map((meter) => ({ ...meter })),
    storage: (storage ?? []).map((one) => ({ ...one })),
    settings: { ...settings, allocator: { ...settings.allocator } },
    notes: siteNotes(site).map(({ rule, field, message }) => ({
      rule,
      pointer: field,
      detail: message,
    })),
  });
}

export function renderCircuit(circuit: SiteCircuit): SiteBody['circuits'][number] {
  return defined({
    ...circuit,
    limits: circuit.limits.map(renderLimit),
    baseLoadMaxA: [...circuit.baseLoadMaxA],
  });
}

export function renderEvse(evse: SiteEvse): SiteBody['evses'][number] {
  return { ...evse, channels: [...evse.channels], pilots: renderPilots(evse.pilots) };
}

export function meterOf(meter: NonNullable<SiteFile['meters']>[number]): SiteMeter {
  const { id, kind, name = id } = meter;
  return { id, name, kind, circuitId: circuitId(meter.circuitId), source: 'api' };
}

export function storageOf(storage: NonNullable<SiteFile['storage']>[number]): SiteStorage {
  const { id, name = id } = storage;
  return { ...storage, name, circuitId: circuitId(storage.circuitId) };
}

export function circuitOf(circuit: SiteFile['circuits'][number]): Site['circuits'][number] {
  const { parentId } = circuit;
  return {
    id: circuitId(circuit.id),
    name: circuit.name ?? circuit.id,
    ...(parentId === undefined ? {} : { parentId: circuitId(parentId) }),
    limits: circuit.limits.map(limitOf),
    baseLoadMaxA: three(circuit.baseLoadMaxA.map(amps)),
  };
}

function limitOf(limit: SiteFile['circuits'][number]['limits'][number]): CircuitLimit {
  const source = (limit.source ?? { kind: 'rating' }) as CircuitLimit['source'];
  switch (limit.kind) {
    case 'wye':
    case 'line':
      return { kind: limit.kind, limitA: three(limit.limitA.map(amps)), source };
    case 'pair-sum':
      return {
        kind: 'pair-sum',
        pair: limit.pair as 0 | 1 | 2,
        limitA: amps(limit.limitA),
        source,
      };
    case 'delta-primary': {
      const limitA = three(limit.limitA.map(amps));
      return { kind: 'delta-primary', limitA, turnsRatio: limit.turnsRatio, source };
    }
    case 'power': {
      const { limitW, voltageV } = limit;
      return { kind: 'power', limitW: watts(limitW), voltageV: volts(voltageV), source };
    }
  }
}

export function evseOf(evse: SiteFile['evses'][number]): Site['evses'][number] {
  return {
    id: evseId(evse.id ?? `${evse.stationId}:${evse.evseNumber}`),
    stationId: stationId(evse.stationId),
    evseNumber: evse.evseNumber,
    circuitId: circuitId(evse.circuitId),
    channels: three(evse.channels ?? [true, true, true]),
    ...(evse.rotation === undefined ? {} : { rotation: evse.rotation }),
    currentMaxA: amps(evse.currentMaxA),
    pilots: evse.pilots === undefined ? PILOTS_DEFAULT : pilotsOf(evse.pilots),
    ...(evse.switchesPhases === undefined ? {} : { switchesPhases: true as const }),
    ...(evse.dc === undefined ? {} : { dc: evse.dc }),
  };
}

function pilotsOf(pilots: NonNullable<SiteFile['evses'][number]['pilots']>): PilotSet {
  return pilots.kind === 'set'
    ? { kind: 'set', valuesA: pilots.valuesA.map(amps) }
    : { kind: 'continuous', minA: amps(pilots.minA), stepA: amps(pilots.stepA) };
}

/** `base` with what is given. */
export function settingsOf(
  settings: NonNullable<SiteFile['settings']>,
  base = SETTINGS_DEFAULT,
): SiteSettings {
  const allocator = { ...base.allocator, ...settings.allocator };
  return { ...base, ...settings, allocator } as SiteSettings;
}

function renderLimit(limit: CircuitLimit): SiteBody['circuits'][number]['limits'][number] {
  const source = ratingOf(limit.source);
  if (limit.kind === 'pair-sum' || limit.kind === 'power') return { ...limit, source };
  return { ...limit, source, limitA: [...limit.limitA] };
}

/** A circuit of a site has no limits of plans. */
function ratingOf(
  source: CircuitLimit['source'],
): Exclude<CircuitLimit['source'], { kind: 'demand-charge' | 'price' }> {
  assert(
    source.kind !== 'demand-charge' && source.kind !== 'price',
    'a rating is no wish of a plan',
  );
  return source;
}

function renderPilots(pilots: PilotSet): NonNullable<SiteBody['evses'][number]['pilots']> {
  return pilots.kind === 'set' ? { kind: 'set', valuesA: [...pilots.valuesA] } : { ...pilots };
}

/** The schema has seen to it that there are three. */
function three<T>(values: readonly T[]): PerChannel<T> {
  const [first, second, third] = values as readonly [T, T, T];
  return [first, second, third];
}
