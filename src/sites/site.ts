/** A site as it is configured: the electrical tree, the stations, the rules. Plain JSON. */
import type {
  AllocatorSettings,
  Amps,
  CircuitId,
  CircuitLimit,
  EvseId,
  PerChannel,
  PilotSet,
  SiteId,
  StationId,
  Supply,
  Volts,
  Watts,
} from '../../solver/index.js';
import type { Rotation } from './rotation.js';
import type { GridLink } from '../signals/grid-link.js';

export interface SiteCircuit {
  readonly id: CircuitId;
  readonly name: string;
  readonly parentId?: CircuitId | undefined;
  /** Ratings, source `rating`. */
  readonly limits: readonly CircuitLimit[];
  /** B_max: the declared worst uncontrolled load below this circuit, A per conductor. */
  readonly baseLoadMaxA: PerChannel<Amps>;
}

export interface SiteEvse {
  readonly id: EvseId;
  readonly stationId: StationId;
  /** The station's own number of it (1.6 connectorId), from 1. */
  readonly evseNumber: number;
  readonly circuitId: CircuitId;
  readonly channels: PerChannel<boolean>;
  /**
   * How its phases are connected to those of the supply. Absent: not known, and then a session counts on
   * all of them whatever it uses (R12).
   */
  readonly rotation?: Rotation;
  readonly currentMaxA: Amps;
  readonly pilots: PilotSet;
  /**
   * Its installer says that it switches a session between three phases and one when it is told to. Absent: it
   * is told of phases only where its station declares it and a test has shown it.
   */
  readonly switchesPhases?: true;
  /** It gives direct current; absent: what the vehicle takes is what the supply gives. */
  readonly dc?: DcConversion;
}

/** A rectifier: it loads all channels of its EVSE alike, and takes more than it gives (R12). */
export interface DcConversion {
  /** Of what it takes beside its standby, what the vehicle gets at the least; above 0, at most 1. */
  readonly efficiencyMin: number;
  /** What it takes whether anybody charges or not, W. */
  readonly standbyW: number;
}

export interface SiteStation {
  readonly id: StationId;
  /**
   * True when this model passed the offline tests (power cycle, link loss, lease expiry): only then
   * do its fallback and its lease ends earn credit. False: reserved at its hardware maximum.
   */
  readonly offlineTested: boolean;
}

/** A meter of the building, whose samples come through the API. */
export interface SiteMeter {
  readonly id: string;
  readonly name: string;
  readonly circuitId: CircuitId;
  /** `grid`: at the connection point; `load` and `generation`: what is not ours below the circuit. */
  readonly kind: 'grid' | 'load' | 'generation';
  readonly source: 'api';
}

/**
 * A stationary battery, as configured. To the ledger it is uncontrolled load: the declared worst load of
 * its circuits is to include what it may charge with.
 */
export interface SiteStorage {
  readonly id: string;
  readonly name: string;
  readonly circuitId: CircuitId;
  readonly capacityWh: number;
  readonly chargeMaxW: number;
  readonly dischargeMaxW: number;
  /** Of what is charged, the share that comes out again. */
  readonly efficiencyFraction: number;
  /** Of the capacity, what is never taken out. */
  readonly reserveFraction: number;
  /** Per kWh in or out, in the currency of the prices; absent: a share of the median price. */
  readonly wearPerKwh?: string;
}

export interface SiteSettings {
  readonly allocator: AllocatorSettings;
  /** F0: TxDefaultProfile, for sessions that we do not know of, A. */
  readonly fallbackIdleA: Amps;
  /** F1: what a running session keeps when the lease ends, A; granted where affordable, else 0. */
  readonly fallbackSessionA: Amps;
  readonly leaseSec: number;
  /** Lease on circuits where the metered tier is in use, s. */
  readonly leaseMeteredSec: number;
  readonly settleSec: number;
  readonly skewSec: number;
  /** A limit rises only into headroom that has been there so long, s. */
  readonly raiseHoldSec: number;
  /** Limit changes beside cuts, per EVSE and hour. */
  readonly changesPerHourMax: number;
  readonly sampleIntervalSec: number;
  /** Any token may charge (demo, private sites). */
  readonly acceptAnyToken: boolean;
  /** `refused`: a transaction that started offline is noted, and answers are not to be remembered. */
  readonly offlineAuthorization?: 'allowed' | 'refused';
  /** Who must be heard for more than the failsafe limit (SAFETY I4); absent or null: nobody. */
  readonly gridLink?: GridLink | null;
  /** Who plans: `auto` is the structured solver, and HiGHS where it fails; absent: auto. */
  readonly solver?: 'auto' | 'structured' | 'highs' | 'javascript-lp-solver' | 'off';
  /**
   * R0: how many stations without offline tests may fail at the same time, by the owner's decision: there is
   * room for so many beside what they are told. Absent or null: all of them.
   */
  readonly untestedFailures?: number | null;
  /**
   * Where not all can have what they want: the share of it, 0 to 1, that plans give to all alike before the
   * rest goes where it serves the most energy; absent: 0.
   */
  readonly fairness?: number;
  /** For the highest quarter hour of import in a calendar month; absent or null: none. */
  readonly demandCharge?: DemandCharge | null;
}

export interface DemandCharge {
  /** ISO 4217; the plan knows one currency, that of the prices. */
  readonly currency: string;
  /** Decimal text, as it was told. */
  readonly pricePerKw: string;
}

export interface Site {
  readonly id: SiteId;
  readonly tenantId: string;
  readonly name: string;
  readonly timeZone: string;
  readonly supply: Supply;
  readonly voltageLineToNeutralV: Volts;
  readonly voltageLineToLineV: Volts;
  /** The owner's limit on total import, W; absent: the ratings alone. */
  readonly importLimitW?: Watts;
  readonly circuits: readonly SiteCircuit[];
  readonly stations: readonly SiteStation[];
  readonly evses: readonly SiteEvse[];
  /** Absent in sites that were made before there were any. */
  readonly meters?: readonly SiteMeter[];
  readonly storage?: readonly SiteStorage[];
  readonly settings: SiteSettings;
  /** Raised by one on each edit; the ETag. */
  readonly version: number;
}
