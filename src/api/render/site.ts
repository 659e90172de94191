/** Site <-> wire. The tenant is never shown and never taken from a body. */
import {
  amps,
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
import type { Site, SiteSettings } from '../../sites/site.js';
import type { SiteBody, SiteFile } from '../schema/site.js';
import { defined } from './defined.js';

/** A site of a file that has passed its schema; the domain's rules are checked after. */
export function siteFromFile(file: SiteFile, tenantId: string): Site {
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
    settings: settingsOf(file.settings ?? {}),
    version: 1,
  };
}

export function renderSite(site: Site): SiteBody {
  const { tenantId: _, circuits, stations, evses, settings, ...premises } = site;
  return defined({
    ...premises,
    circuits: circuits.map((circuit) =>
      defined({
        ...circuit,
        limits: circuit.limits.map(renderLimit),
        baseLoadMaxA: [...circuit.baseLoadMaxA],
      }),
    ),
    stations: stations.map((station) => ({ ...station })),
    evses: evses.map((evse) => ({
      ...evse,
      channels: [...evse.channels],
      pilots: renderPilots(evse.pilots),
    })),
    settings: { ...settings, allocator: { ...settings.allocator } },
  });
}

function circuitOf(circuit: SiteFile['circuits'][number]): Site['circuits'][number] {
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

function evseOf(evse: SiteFile['evses'][number]): Site['evses'][number] {
  return {
    id: evseId(evse.id ?? `${evse.stationId}:${evse.evseNumber}`),
    stationId: stationId(evse.stationId),
    evseNumber: evse.evseNumber,
    circuitId: circuitId(evse.circuitId),
    channels: three(evse.channels ?? [true, true, true]),
    currentMaxA: amps(evse.currentMaxA),
    pilots: evse.pilots === undefined ? PILOTS_DEFAULT : pilotsOf(evse.pilots),
  };
}

function pilotsOf(pilots: NonNullable<SiteFile['evses'][number]['pilots']>): PilotSet {
  return pilots.kind === 'set'
    ? { kind: 'set', valuesA: pilots.valuesA.map(amps) }
    : { kind: 'continuous', minA: amps(pilots.minA), stepA: amps(pilots.stepA) };
}

function settingsOf(settings: NonNullable<SiteFile['settings']>): SiteSettings {
  const allocator = { ...SETTINGS_DEFAULT.allocator, ...settings.allocator };
  return { ...SETTINGS_DEFAULT, ...settings, allocator } as SiteSettings;
}

function renderLimit(limit: CircuitLimit): SiteBody['circuits'][number]['limits'][number] {
  if (limit.kind === 'pair-sum' || limit.kind === 'power') return { ...limit };
  return { ...limit, limitA: [...limit.limitA] };
}

function renderPilots(pilots: PilotSet): NonNullable<SiteBody['evses'][number]['pilots']> {
  return pilots.kind === 'set' ? { kind: 'set', valuesA: [...pilots.valuesA] } : { ...pilots };
}

/** The schema has seen to it that there are three. */
function three<T>(values: readonly T[]): PerChannel<T> {
  const [first, second, third] = values as readonly [T, T, T];
  return [first, second, third];
}
