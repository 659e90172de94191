/**
 * The site file: a site's electrical tree and stations as plain JSON, for the launcher to provision
 * and for the virtual site to be the physical truth of. Currents in A, power in W, voltages in V.
 */

/** [L1, L2, L3] on a wye supply, [AB, BC, CA] or lines [a, b, c] on a delta one. */
export type Triple<T> = readonly [T, T, T];

/**
 * A rating of a circuit; the meaning of each kind is written at CircuitLimit in solver/problem.ts.
 */
export type Rating =
  | { readonly kind: 'wye'; readonly limitA: Triple<number> }
  | { readonly kind: 'pair-sum'; readonly pair: 0 | 1 | 2; readonly limitA: number }
  | { readonly kind: 'line'; readonly limitA: Triple<number> }
  | {
      readonly kind: 'delta-primary';
      readonly limitA: Triple<number>;
      readonly turnsRatio: number;
    }
  | { readonly kind: 'power'; readonly limitW: number; readonly voltageV: number };

export interface SiteFileCircuit {
  readonly id: string;
  readonly name: string;
  /** Absent on the grid connection point. */
  readonly parentId?: string;
  readonly limits: readonly Rating[];
  /** The declared worst uncontrolled load of this circuit and all below it, A per conductor. */
  readonly baseLoadMaxA: Triple<number>;
}

export type PilotFile =
  | { readonly kind: 'continuous'; readonly minA: number; readonly stepA: number }
  | { readonly kind: 'set'; readonly valuesA: readonly number[] };

export interface SiteFileEvse {
  /** The station's own number of it, from 1. */
  readonly evseNumber: number;
  readonly circuitId: string;
  /** The channels that it can load. */
  readonly channels: Triple<boolean>;
  /**
   * The site phases to which its own L1, L2, L3 are wired, 0..2; absent: in the site's order. Only
   * on EVSEs that load all three channels: it decides which phase a single-phase vehicle loads.
   */
  readonly rotation?: Triple<number>;
  readonly currentMaxA: number;
  readonly pilots: PilotFile;
}

export type SiteFileVersion = 'ocpp1.6' | 'ocpp2.0.1' | 'ocpp2.1';

export interface SiteFileStation {
  readonly id: string;
  /** Absent: even places in the file speak 1.6, odd ones 2.0.1. */
  readonly version?: SiteFileVersion;
  readonly evses: readonly SiteFileEvse[];
}

export interface SiteFile {
  readonly id: string;
  readonly name: string;
  /** IANA zone. */
  readonly timeZone: string;
  readonly supply: 'wye' | 'delta';
  readonly voltageLineToNeutralV: number;
  readonly voltageLineToLineV: number;
  /** The owner's limit on total import, W. */
  readonly importLimitW?: number;
  /** Parents before children; the first is the grid connection point. */
  readonly circuits: readonly SiteFileCircuit[];
  readonly stations: readonly SiteFileStation[];
}

/** The voltage across one channel: line to neutral on wye, line to line on delta. */
export function channelVoltageV(
  site: Pick<SiteFile, 'supply' | 'voltageLineToNeutralV' | 'voltageLineToLineV'>,
): number {
  return site.supply === 'wye' ? site.voltageLineToNeutralV : site.voltageLineToLineV;
}

/** Site-wide name of an EVSE. */
export const evseIdOf = (stationId: string, evseNumber: number): string =>
  `${stationId}:${evseNumber}`;

/**
 * Reads a site file and checks that its references hold together.
 * Throws a SyntaxError for text that is not JSON and a RangeError that names the first broken rule.
 */
export function parseSiteFile(text: string): SiteFile {
  const site = JSON.parse(text) as SiteFile;
  const circuitIds = new Set<string>();
  for (const [index, circuit] of site.circuits.entries()) {
    require_(!circuitIds.has(circuit.id), `circuit ${circuit.id} is named once`);
    require_(
      index === 0
        ? circuit.parentId === undefined
        : circuit.parentId !== undefined && circuitIds.has(circuit.parentId),
      `circuit ${circuit.id} comes after its parent, and only the first has none`,
    );
    circuitIds.add(circuit.id);
  }
  const evseIds = new Set<string>();
  for (const station of site.stations) {
    for (const evse of station.evses) {
      const id = evseIdOf(station.id, evse.evseNumber);
      require_(!evseIds.has(id), `EVSE ${id} is named once`);
      require_(circuitIds.has(evse.circuitId), `EVSE ${id} hangs on a known circuit`);
      require_(evse.channels.includes(true), `EVSE ${id} loads at least one channel`);
      require_(evse.currentMaxA > 0, `EVSE ${id} has a positive maximum current`);
      evseIds.add(id);
    }
  }
  require_(evseIds.size > 0, 'a site has at least one EVSE');
  return site;
}

function require_(holds: boolean, rule: string): void {
  if (!holds) throw new RangeError(`site file: expected that ${rule}`);
}
