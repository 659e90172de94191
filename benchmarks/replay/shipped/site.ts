/** The site of a replay as the service has it configured. */
import {
  amps,
  type Amps,
  type Circuit,
  circuitId,
  type CircuitId,
  type PerChannel,
  type PilotSet,
  seconds,
  siteId,
  stationId,
} from '../../../solver/index.js';
import { SETTINGS_DEFAULT } from '../../../src/sites/defaults.js';
import type { Site, SiteEvse, SiteSettings, SiteStorage } from '../../../src/sites/site.js';
import type { ReplayEvse, ReplaySite } from '../site.js';
import { type BatterySpec, ONE_WAY_EFFICIENCY } from '../surroundings.js';

export interface Configured {
  readonly timeZone: string;
  readonly onOffMinSec: number;
  readonly settings: Partial<SiteSettings>;
  /** The most that the building takes, W. */
  readonly loadMaxW: number;
  readonly battery: BatterySpec | undefined;
}

export const BATTERY_ID = 'battery';
const ROOT = circuitId('behind the transformer');

/** As fine as a limit of OCPP 1.6 is: a tenth of an ampere. */
const TENTHS: PilotSet = { kind: 'continuous', minA: amps(0.1), stepA: amps(0.1) };

export function configuredSite(
  { voltageV, voltageLineToNeutralV, circuits, evses }: ReplaySite,
  { timeZone, onOffMinSec, settings, loadMaxW, battery }: Configured,
): Site {
  const metered = meteredCircuits(circuits, voltageV);
  const root = metered.find(({ parentId }) => parentId === undefined);
  // Beside a building a battery charges with what of its worst load is not in use.
  const worstW = loadMaxW > 0 ? loadMaxW : (battery?.powerMaxW ?? 0);
  return {
    id: siteId('replay'),
    tenantId: 'replay',
    name: 'Replay',
    timeZone,
    supply: 'delta',
    voltageLineToNeutralV: voltageLineToNeutralV as Site['voltageLineToNeutralV'],
    voltageLineToLineV: voltageV as Site['voltageLineToLineV'],
    circuits: metered.map(({ ampsPerW, ...it }) => ({
      ...it,
      name: it.id,
      baseLoadMaxA: eachLine(amps(worstW * ampsPerW)),
    })),
    stations: evses.map(({ id }) => ({ id: stationId(id), offlineTested: true })),
    evses: evses.map(evseOf),
    storage: battery === undefined || root === undefined ? [] : [storageOf(battery, root.id)],
    settings: {
      ...SETTINGS_DEFAULT,
      // Nothing flows without a lease: 6 A on every EVSE do not fit a small transformer.
      fallbackSessionA: amps(0),
      allocator: {
        ...SETTINGS_DEFAULT.allocator,
        onMinSec: seconds(onOffMinSec),
        offMinSec: seconds(onOffMinSec),
      },
      ...settings,
    },
    version: 1,
  };
}

/** A circuit and what a balanced power beside the vehicles is on its conductors. */
export interface MeteredCircuit extends Pick<Circuit, 'id' | 'parentId' | 'limits'> {
  readonly ampsPerW: number;
}

/**
 * Building, PV and battery are at the root. Where its transformer is limited ahead as well as behind, a
 * current of the one side is none of the other: the side ahead is a circuit of its own, and all is below it.
 */
export function meteredCircuits(
  circuits: readonly Circuit[],
  voltageV: number,
): readonly MeteredCircuit[] {
  const behind = 1 / (Math.sqrt(3) * voltageV);
  return circuits.flatMap(({ id, parentId, limits }): MeteredCircuit[] => {
    if (parentId !== undefined) return [{ id, parentId, limits, ampsPerW: 0 }];
    const ahead = limits.flatMap((it) => (it.kind === 'delta-primary' ? [it] : []));
    const [first] = ahead;
    if (first === undefined) return [{ id, limits, ampsPerW: behind }];
    const rest = limits.filter(({ kind }) => kind !== 'delta-primary');
    return [
      { id: ROOT, limits: rest, ampsPerW: behind },
      { id, parentId: ROOT, limits: ahead, ampsPerW: 1 / (first.turnsRatio * voltageV) },
    ];
  });
}

function evseOf({ id, circuitId, channels, currentMaxA, pilots }: ReplayEvse): SiteEvse {
  const isContinuous = pilots.kind === 'continuous';
  return {
    id,
    stationId: stationId(id),
    evseNumber: 1,
    circuitId,
    channels,
    currentMaxA,
    pilots: isContinuous ? TENTHS : pilots,
  };
}

function storageOf({ capacityWh, powerMaxW }: BatterySpec, circuitId: CircuitId): SiteStorage {
  return {
    id: BATTERY_ID,
    name: 'Battery',
    circuitId,
    capacityWh,
    chargeMaxW: powerMaxW,
    dischargeMaxW: powerMaxW,
    efficiencyFraction: ONE_WAY_EFFICIENCY ** 2,
    reserveFraction: 0,
  };
}

const eachLine = (currentA: Amps): PerChannel<Amps> => [currentA, currentA, currentA];
