/** The histories and worklists of people who operate; one door each. Instants are site time. */
import type { SiteId, StationId } from '../../../solver/index.js';
import type { EvseStatus, OcppVersion } from '../../ocpp/messages.js';
import type { Page } from '../ports.js';
import type { AlertStore } from './alert-ports.js';
import type { FaultStore } from './fault-ports.js';
import type { FigureStore, StationSpan } from './figure-ports.js';

/** A frame as it is kept: secrets masked. */
export interface LoggedMessage {
  readonly id: number;
  readonly stationId: StationId;
  readonly atMs: number;
  readonly direction: 'in' | 'out';
  readonly version?: OcppVersion;
  readonly generation: number;
  /** OCPP-J: 2 call, 3 result, 4 error, 5 error about a result, 6 send. */
  readonly messageType?: number;
  readonly messageId?: string;
  /** Of the call; an answer has that of the call that it answers, where that was seen. */
  readonly action?: string;
  readonly errorCode?: string;
  readonly bytes: number;
  /** The frame as JSON text, or a remark in its place. */
  readonly message: string;
}

type SometimesKnown = 'version' | 'messageType' | 'messageId' | 'action' | 'errorCode';

export type NewMessage = Omit<LoggedMessage, 'id' | SometimesKnown> & {
  readonly [Key in SometimesKnown]: LoggedMessage[Key] | undefined;
} & {
  /** From 0 to 1, the same for a call and its answer: kept where the station's fraction is above. */
  readonly sample: number;
};

export interface MessageQuery {
  readonly tenantId: string;
  readonly stationId: StationId;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly direction?: 'in' | 'out';
  readonly action?: string;
  readonly messageType?: number;
  /** Occurs anywhere in the message, whatever the case. */
  readonly text?: string;
  readonly only?: 'errors';
  readonly order: 'newest-first' | 'oldest-first';
  readonly limit: number;
  readonly after?: string;
}

export interface StationConnection {
  readonly id: number;
  readonly stationId: StationId;
  readonly version?: OcppVersion;
  readonly remoteAddress?: string;
  readonly openedAtMs: number;
  readonly lastMessageAtMs?: number;
  readonly closedAtMs?: number;
  readonly closeCode?: number;
  readonly closeReason?: string;
  readonly messagesIn: number;
  readonly messagesOut: number;
}

export interface StatusChange {
  readonly evseNumber: number;
  readonly status: EvseStatus;
  readonly errorCode?: string;
  /** By the station's clock. */
  readonly atMs: number;
  readonly receivedAtMs: number;
}

export const EXCLUSION_KINDS = [
  'utility',
  'vehicle',
  'scheduled-maintenance',
  'vandalism',
  'natural-disaster',
  'force-majeure',
  'closed-hours',
] as const;
export type ExclusionKind = (typeof EXCLUSION_KINDS)[number];

/** Time in which an outage is not the operator's, 23 CFR 680.116(b)(2). */
export interface UptimeExclusion {
  readonly id: string;
  readonly siteId: SiteId;
  /** Absent: the whole site. */
  readonly stationId?: StationId;
  /** Absent: the whole station. */
  readonly evseNumber?: number;
  readonly kind: ExclusionKind;
  readonly startsAtMs: number;
  readonly endsAtMs: number;
  readonly note?: string;
}

export interface Activity {
  readonly stationId: string;
  readonly generation: number;
  /** Undefined: it has said nothing. */
  readonly lastMessageAtMs: number | undefined;
  readonly messagesIn: number;
  readonly messagesOut: number;
}

/** No page looks at more rows of a history; what is older than the oldest of so many is not known. */
export const HISTORY_READ_MAX = 20_000;

export interface OperationsStore {
  readonly messages: {
    /** One statement. Frames of stations that are not provisioned, or not sampled, are skipped. */
    append(messages: readonly NewMessage[]): Promise<void>;
    list(query: MessageQuery): Promise<Page<LoggedMessage>>;
    /** 1 all, 0 none. */
    keepFraction(stationId: StationId): Promise<number>;
    setKeepFraction(ask: {
      readonly tenantId: string;
      readonly siteId: SiteId;
      readonly stationId: StationId;
      readonly keepFraction: number;
      readonly actor: string;
    }): Promise<void>;
  };
  readonly connections: {
    /** Notes how far open connections have come; a lost note costs a few seconds of history. */
    touch(activities: readonly Activity[]): Promise<void>;
    /** Newest first. */
    list(query: {
      readonly tenantId: string;
      readonly stationId: StationId;
      readonly limit: number;
      readonly after?: string;
    }): Promise<Page<StationConnection>>;
    /**
     * Those opened in the span and the last one before it, ascending; the newest `HISTORY_READ_MAX`.
     * All but the newest have an end.
     */
    within(span: StationSpan): Promise<StationConnection[]>;
  };
  readonly statuses: {
    /**
     * Changes of a span in the order received, and the last one before it of each EVSE (0: the whole
     * station); the newest `HISTORY_READ_MAX`.
     */
    within(span: StationSpan): Promise<StatusChange[]>;
  };
  readonly exclusions: {
    create(tenantId: string, exclusion: UptimeExclusion, actor: string): Promise<void>;
    /** False: there is none. */
    remove(tenantId: string, id: string, actor: string): Promise<boolean>;
    /** Newest first. */
    list(query: {
      readonly tenantId: string;
      readonly siteId?: SiteId;
      /** Of this station, and of its whole site. */
      readonly stationId?: StationId;
      readonly overlaps?: { readonly fromMs: number; readonly toMs: number };
      readonly limit: number;
      readonly after?: string;
    }): Promise<Page<UptimeExclusion>>;
  };
  readonly temperatures: {
    /** Keeps the highest of each station and UTC day. */
    note(
      readings: readonly {
        readonly stationId: string;
        readonly atMs: number;
        readonly c: number;
      }[],
    ): Promise<void>;
  };
  readonly figures: FigureStore;
  readonly faults: FaultStore;
  readonly alerts: AlertStore;
}
