/**
 * The durable side of the service: PostgreSQL, one door per aggregate. Every row carries tenant and
 * actor where a person or a partner can cause it; sequences are per site.
 */
import type { EvseId, SessionId, SiteId, StationId } from '../../solver/index.js';
import type {
  BuildingLoad,
  ControlState,
  Decision,
  EvseState,
  InboxItem,
  PendingCommand,
  SiteEvent,
  SiteState,
  StationState,
} from '../control/state.js';
import type {
  CommandOutcome,
  OcppVersion,
  MeterSample,
  RecordKind,
  SchemaMode,
  StationCommand,
  StationRecord,
} from '../ocpp/messages.js';
import type { DeviceVariables } from './device-ports.js';
import type { Session, SessionPhase } from '../sessions/session.js';
import type { Token, TokenStatus } from '../sessions/token.js';
import type { PendingAttempt } from '../ocpp/ports.js';
import type { Signal } from '../signals/signal.js';
import type { Site } from '../sites/site.js';
import type { OperationsStore } from './operations/ports.js';
import type {
  AuditAsk,
  AuditRow,
  BrowserSessionRows,
  IdempotencyKeys,
  Keys,
  Users,
} from './people-ports.js';
import type { Kind } from '../control/smart-charging-test/card.js';
import type { FormHeld, TakenRung } from '../control/form.js';
import type { SmartChargingTest } from '../control/smart-charging-test/test-record.js';
import type { PowerHistory } from './power-ports.js';
import type { StorageRows } from './storage-ports.js';
import type { UpkeepStore } from './upkeep/ports.js';

/** What one cycle of the engine changed; written in one SQL transaction. */
/** A rung of the ladder of forms that a station of a kind held. */
export interface RungOfKind extends TakenRung {
  readonly stationId: StationId;
}

export interface CycleWrite {
  readonly siteId: SiteId;
  readonly tenantId: string;
  /** The transaction fails with `stale-epoch` when the site's row has a higher one. */
  readonly epoch: number;
  readonly nextSeq: number;
  /** Inbox rows up to and including this one are done. */
  readonly inboxSeq: number;
  readonly site?: Site;
  readonly stations: readonly StationState[];
  readonly evses: readonly EvseState[];
  /** Rows of what an edit took out of the site. */
  readonly removedStations?: readonly StationId[];
  readonly removedEvses?: readonly EvseId[];
  readonly sessions: readonly Session[];
  readonly signals: readonly Signal[];
  readonly buildingLoad: readonly BuildingLoad[];
  readonly control?: ControlState;
  /** New outbox rows (state planned). */
  readonly planned: readonly PendingCommand[];
  /** Outbox rows that ended. */
  readonly answered: readonly {
    readonly seq: number;
    readonly outcome: CommandOutcome;
    readonly atMs: number;
  }[];
  readonly decisions: readonly Decision[];
  /** Smart-charging tests that began, moved on or ended. */
  readonly tests?: readonly SmartChargingTest[];
  /** Forms in which stations were found to take their limits. */
  readonly forms?: readonly FormHeld[];
}

export interface AuditEntry {
  readonly tenantId: string;
  readonly siteId?: SiteId;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly atMs: number;
}

export interface PendingStation {
  readonly identity: string;
  readonly firstSeenAtMs: number;
  readonly lastSeenAtMs: number;
  readonly attempts: number;
  readonly remoteAddress: string;
  readonly subprotocols: string;
  readonly userAgent: string;
}

/** What somebody asked of a station, secrets masked. */
export interface StoredCommand {
  readonly commandId: string;
  readonly stationId: StationId;
  readonly actor: string;
  readonly command: StationCommand;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  /** Absent while it is under way. */
  readonly outcome?: CommandOutcome;
  readonly answeredAtMs?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque cursor of the next page. */
  readonly next?: string;
}

/** How the gateway speaks with a station. */
export interface StationProtocol {
  readonly schemaMode: SchemaMode;
  readonly pinnedVersion?: OcppVersion;
}

export interface Store {
  /** Sites of this database, newest version each. */
  readonly sites: {
    list(): Promise<readonly Site[]>;
    /** Undefined for one that was removed, or never was. */
    find(siteId: SiteId): Promise<Site | undefined>;
    create(site: Site, actor: string): Promise<void>;
    /** Its history stays, and so does its id: no later site gets it. Revokes its credentials. */
    remove(siteId: SiteId, actor: string): Promise<void>;
  };
  readonly stations: {
    credential(
      stationId: string,
    ): Promise<
      ({ siteId: SiteId; secretMac: Buffer; previousMac?: Buffer } & StationProtocol) | undefined
    >;
    /** Creates or replaces the credential of a station; the one before is worth nothing. */
    setCredential(
      stationId: StationId,
      siteId: SiteId,
      secretMac: Buffer,
      actor: string,
    ): Promise<void>;
    /**
     * From then on its connection attempts are refused, and what was kept under its id alone is gone:
     * the id may come back, of another site or tenant.
     */
    remove(stationId: StationId, actor: string): Promise<void>;
    /** How each station of a site that has a credential is spoken with. */
    protocols(siteId: SiteId): Promise<ReadonlyMap<string, StationProtocol>>;
    /**
     * Changes what is given, null unpins. False: it is not as `before` any more, or there is no
     * credential; nothing was changed.
     */
    setProtocol(
      stationId: string,
      before: StationProtocol,
      change: { readonly schemaMode?: SchemaMode; readonly pinnedVersion?: OcppVersion | null },
      actor: string,
    ): Promise<boolean>;
    /** The one before stays good until `forgetPrevious`. False: the station has none. */
    rotateCredential(stationId: StationId, secretMac: Buffer, actor: string): Promise<boolean>;
    forgetPrevious(stationId: StationId): Promise<void>;
  };
  /** Unknown stations that tried to connect within the last day; of no tenant. */
  readonly pending: {
    /** Bounded: when it is full, `placeFor` says who gives way. */
    note(attempts: readonly PendingAttempt[]): Promise<void>;
    /** Latest first. */
    list(): Promise<readonly PendingStation[]>;
    /** False: there is none of this name. */
    remove(identity: string): Promise<boolean>;
  };
  readonly inbox: {
    /**
     * Appends in order, one transaction; returns the sequences given (per site, increasing). After a
     * rejection the rows may still be there (an answer lost on its way): senders that retry make
     * duplicates, which the engine must bear.
     */
    append(siteId: SiteId, events: readonly SiteEvent[]): Promise<readonly number[]>;
    /** Rows above `afterSeq`, in order. */
    read(
      siteId: SiteId,
      afterSeq: number,
      limit: number,
    ): Promise<readonly (InboxItem & { seq: number })[]>;
  };
  readonly engine: {
    /** Raises the epoch by one and returns it: from now on older epochs cannot write. */
    claimEpoch(siteId: SiteId): Promise<number>;
    /** The same, of a site that this process claimed last: rejects with `stale-epoch` for any other. */
    raiseEpoch(siteId: SiteId): Promise<number>;
    /** Every site that this process claimed last is run by it still. */
    sayHeld(): Promise<void>;
    /**
     * Whether the last claim of the site was of this process, or of one that has said nothing for so
     * long. False for a site that was removed, or claimed by a version that names no holder.
     */
    isLeft(siteId: SiteId, silentSec: number): Promise<boolean>;
    /** The state as of the last committed cycle; undefined for a site never run. */
    load(siteId: SiteId): Promise<Omit<SiteState, 'site' | 'epoch'> | undefined>;
    /**
     * Rejects with `stale-epoch` when another engine runs the site. After `database-unavailable` it
     * is not known whether the cycle was written: raise the epoch and load.
     */
    commit(write: CycleWrite): Promise<void>;
  };
  /** What people and partners asked of stations, each with its end. */
  readonly commands: {
    find(query: {
      readonly tenantId: string;
      readonly stationId: StationId;
      readonly commandId: string;
    }): Promise<StoredCommand | undefined>;
    /** Newest first. */
    list(query: {
      readonly tenantId: string;
      readonly stationId: StationId;
      readonly limit: number;
      readonly after?: string;
    }): Promise<Page<StoredCommand>>;
  };
  /** What stations reported that people want to see: firmware, security events, reports ... */
  readonly records: {
    /** One transaction; a station that is not provisioned is skipped. */
    append(records: readonly StationRecord[]): Promise<void>;
    /** Newest first. */
    list(query: {
      readonly tenantId: string;
      readonly stationId?: StationId;
      readonly kinds?: readonly RecordKind[];
      readonly requestId?: number;
      readonly sinceMs?: number;
      readonly limit: number;
      readonly after?: string;
    }): Promise<Page<StationRecord>>;
  };
  readonly transactions: {
    /** Same station and fingerprint: same id. Ids are unique over the database, from 1. */
    idOf(stationId: StationId, fingerprint: string): Promise<number>;
    evseNumber(stationId: StationId, transactionId: string): Promise<number | undefined>;
  };
  readonly sessions: {
    list(query: {
      readonly tenantId: string;
      readonly siteId?: SiteId;
      readonly stationId?: StationId;
      /** None of these: any. */
      readonly phases?: readonly SessionPhase[];
      /** In any spelling of its case. */
      readonly idToken?: string;
      /** Plugged in at or after. */
      readonly fromMs?: number;
      /** Plugged in before. */
      readonly toMs?: number;
      readonly limit: number;
      readonly after?: string;
    }): Promise<Page<Session & { readonly siteId: SiteId }>>;
    find(id: SessionId): Promise<(Session & { readonly siteId: SiteId }) | undefined>;
    /** The session in which a station ran this transaction. */
    ofTransaction(stationId: StationId, transactionId: string): Promise<Session | undefined>;
    /**
     * What its station measured, ascending by the station's time, one an instant: of its transaction,
     * and on its EVSE while it ran where no transaction was named. Only what retention keeps.
     */
    meterValues(query: {
      readonly tenantId: string;
      readonly session: Session;
      readonly evseNumber?: number;
      readonly limit: number;
      readonly after?: string;
    }): Promise<Page<MeterSample>>;
  };
  readonly deviceVariables: DeviceVariables;
  readonly decisions: {
    list(query: {
      readonly tenantId: string;
      readonly evseId: EvseId;
      readonly limit: number;
      readonly after?: string;
    }): Promise<Page<Decision>>;
  };
  readonly keys: Keys;
  readonly users: Users;
  readonly browserSessions: BrowserSessionRows;
  readonly idempotency: IdempotencyKeys;
  readonly tokens: {
    /** In any spelling of its case; undefined: not in the table. */
    find(tenantId: string, idToken: string): Promise<Token | undefined>;
    /** Creates or replaces them, one transaction, an audit row each. */
    put(tenantId: string, tokens: readonly Token[], actor: string): Promise<void>;
    /** False: there was none. Its sessions and its audit stay. */
    remove(tenantId: string, idToken: string, actor: string): Promise<boolean>;
    /** Newest first. */
    list(query: {
      readonly tenantId: string;
      readonly status?: TokenStatus;
      readonly groupId?: string;
      /** Part of the label, in any case. */
      readonly label?: string;
      readonly limit: number;
      readonly after?: string;
    }): Promise<Page<Token>>;
  };
  readonly issuers: {
    create(
      issuer: { id: string; siteId: SiteId; tenantId: string; name: string; secret: Buffer },
      actor: string,
    ): Promise<void>;
    list(siteId: SiteId): Promise<readonly { id: string; name: string; secret: Buffer }[]>;
    /** True when this webhook id has been remembered for the issuer. */
    knowsWebhook(issuerId: string, webhookId: string): Promise<boolean>;
    /** True when this webhook id is new for the issuer (kept at least 24 h). */
    rememberWebhook(issuerId: string, webhookId: string, atMs: number): Promise<boolean>;
  };
  /** Smart-charging tests; the engine writes them with its cycles. */
  readonly smartChargingTests: {
    /** Unique in the database; one that is not used is a gap. */
    nextNumber(): Promise<number>;
    find(query: {
      readonly tenantId: string;
      readonly stationId: StationId;
      readonly number: number;
    }): Promise<SmartChargingTest | undefined>;
    /** Newest first. */
    list(query: {
      readonly tenantId: string;
      readonly stationId: StationId;
      readonly limit: number;
      readonly after?: string;
    }): Promise<Page<SmartChargingTest>>;
    /** Those of all stations of a kind that have ended, newest first, at most 50. */
    ofKind(tenantId: string, kind: Kind): Promise<readonly SmartChargingTest[]>;
    /** What its stations were found to need beside the preferred form, the newest first. */
    rungsOfKind(tenantId: string, kind: Kind): Promise<readonly RungOfKind[]>;
    /** Every kind that was ever tested. */
    kinds(tenantId: string): Promise<readonly Kind[]>;
  };
  /** Measured power of buildings and sites, in quarter hours. */
  readonly powerHistory: PowerHistory;
  /** Links to batteries, and what they reported last. */
  readonly storage: StorageRows;
  /** Message log, histories, faults, alerts. */
  readonly operations: OperationsStore;
  readonly audit: {
    append(entry: AuditEntry): Promise<void>;
    /** Newest first. */
    list(ask: AuditAsk): Promise<Page<AuditRow>>;
  };
  /** Local lists, reservations, firmware, logs, certificates. */
  readonly upkeep: UpkeepStore;
  /** A secret that belongs to this installation (server key for MACs), created at first use. */
  serverKey(name: string): Promise<Buffer>;
  /** Removes what retention no longer keeps; call it about once an hour. */
  prune(nowMs: number): Promise<void>;
  /** Cheap: is SQL there? */
  ping(): Promise<void>;
  close(): Promise<void>;
}
