/**
 * What crosses the border between the gateway and the rest: normalised events in, commands out.
 * Protocol types stop in this folder. Power in W, energy in Wh, current in A, instants in epoch ms.
 */
import type {
  ChargingProfile,
  CompositeSchedule,
  ProfilePurpose,
} from '../../profiles/charging-profile.js';
import type { InstalledPurpose } from '../../profiles/index.js';
import type { PerChannel, StationId } from '../../solver/index.js';
import type { AuthorizationStatus } from '../sessions/token.js';

export type OcppVersion = 'ocpp1.6' | 'ocpp2.0.1' | 'ocpp2.1';

/**
 * How a station's payloads are held against the schemas.
 * - `lenient` slips of real firmware are mended, noted in the log, and the message counts
 * - `strict` the first violation is answered with a CALLERROR
 */
export type SchemaMode = 'lenient' | 'strict';

/** Status of an EVSE, the union of 1.6 and 2.x. `occupied` is 2.x for anything plugged in. */
export type EvseStatus =
  | 'available'
  | 'preparing'
  | 'charging'
  | 'suspended-ev'
  | 'suspended-evse'
  | 'finishing'
  | 'occupied'
  | 'reserved'
  | 'unavailable'
  | 'faulted';

/** One meter reading after normalisation. Absent fields were not reported. */
export interface MeterSample {
  readonly atMs: number;
  /** What its station's clock said, where that is not believed. */
  readonly stampedAtMs?: number;
  /** Drawn current per phase as the station numbers them (L1, L2, L3); a phase not reported is undefined. */
  readonly currentA?: PerChannel<number | undefined>;
  readonly powerW?: number;
  /** Register or, where the station counts per session, the session's energy. */
  readonly energyWh?: number;
  readonly offeredA?: number;
  /** Line to neutral, where it was reported. */
  readonly voltageV?: PerChannel<number | undefined>;
  readonly socFraction?: number;
}

export type RecordKind =
  | 'certificate-request'
  | 'charging-limit'
  | 'charging-limit-cleared'
  | 'charging-profiles'
  | 'customer-information'
  | 'data-transfer'
  | 'der'
  | 'display-messages'
  | 'ev-charging-needs'
  | 'ev-charging-schedule'
  | 'firmware-status'
  | 'log-status'
  | 'monitor-event'
  | 'monitoring-report'
  | 'priority-charging'
  | 'reservation-status'
  | 'security-event'
  | 'settlement'
  | 'other';

/** What a station reported that people want to see and the engine does not need. One row each. */
export interface StationRecord {
  readonly stationId: StationId;
  readonly evseNumber?: number;
  readonly kind: RecordKind;
  readonly severity: 'info' | 'warning' | 'error';
  /** By the station's clock where it said so. */
  readonly atMs: number;
  readonly receivedAtMs: number;
  /** The requestId, reservationId ... that ties it to a request of ours. */
  readonly requestId?: number;
  /** One line for a person, without secrets. */
  readonly summary: string;
  /** The payload as received, tokens and passwords masked. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A charging profile that a 2.x station says it holds, by what tells whose it is. */
export interface HeldProfile {
  readonly id: number;
  /** 0 is the whole station. */
  readonly evseNumber: number;
  /** Absent: a purpose that no version knows. */
  readonly purpose?: InstalledPurpose;
}

/** What an external limit is from an instant on; without `limit` it has ended. */
export interface ExternalLimitStep {
  readonly fromMs: number;
  readonly unit: 'A' | 'W';
  /** A on each phase, or W of all together. */
  readonly limit?: number;
}

/** Stands for the transaction that a station runs without knowing its number. No id of ours. */
export const UNNAMED_TRANSACTION = '-1';

export type ChargingState =
  | 'idle'
  | 'ev-connected'
  | 'charging'
  | 'suspended-ev'
  | 'suspended-evse';

/** A token that a transaction's message carried, and what the station was told about it. */
export interface ShownToken {
  readonly idToken: string;
  readonly status: AuthorizationStatus;
  readonly groupId?: string;
}

interface FromStation {
  readonly stationId: StationId;
  /** When the gateway received it. */
  readonly receivedAtMs: number;
}

/** What a station (or its connection) told us. One inbox row each, in the order received. */
export type StationEvent = FromStation &
  (
    | {
        readonly type: 'station.connected';
        readonly generation: number;
        readonly version: OcppVersion;
        readonly remoteAddress?: string;
      }
    | {
        readonly type: 'station.disconnected';
        readonly generation: number;
        readonly reason: string;
        /** WebSocket close code, RFC 6455 section 7.4; 1006 where the peer said none. */
        readonly closeCode?: number;
        readonly lastMessageAtMs?: number;
        readonly messagesIn?: number;
        readonly messagesOut?: number;
      }
    | {
        readonly type: 'station.booted';
        readonly vendor: string;
        readonly model: string;
        readonly serial?: string;
        readonly firmware?: string;
        readonly reason?: string;
      }
    /** It is about to put new firmware in force. */
    | { readonly type: 'station.rebooting' }
    /** Profiles that are not ours came into force, or ceased to be, and may allow more than ours. */
    | { readonly type: 'station.unsettled' }
    /** 2.x: a part of what a request for its profiles asked for. */
    | {
        readonly type: 'profiles.reported';
        readonly requestId: number;
        readonly profiles: readonly HeldProfile[];
        readonly isLast: boolean;
      }
    /** 2.x: somebody else limits an EVSE, or the station (0). Ascending; never empty. */
    | {
        readonly type: 'limit.notified';
        readonly source: string;
        readonly evseNumber: number;
        readonly steps: readonly ExternalLimitStep[];
      }
    | { readonly type: 'limit.cleared'; readonly source: string; readonly evseNumber: number }
    /** 2.x: a vehicle says what it still needs; what it did not say is absent. */
    | {
        readonly type: 'needs.notified';
        readonly evseNumber: number;
        readonly energyWh?: number;
        readonly departureAtMs?: number;
      }
    | { readonly type: 'station.variables'; readonly variables: Readonly<Record<string, string>> }
    | {
        readonly type: 'evse.status';
        readonly evseNumber: number;
        readonly status: EvseStatus;
        readonly errorCode?: string;
        readonly atMs: number;
      }
    | {
        readonly type: 'transaction.started';
        readonly evseNumber: number;
        readonly transactionId: string;
        readonly idToken?: string;
        /** What was answered about `idToken`. */
        readonly authorization?: ShownToken;
        readonly meterStartWh?: number;
        readonly seqNo?: number;
        readonly atMs: number;
        readonly offline: boolean;
      }
    | {
        readonly type: 'transaction.updated';
        readonly evseNumber?: number;
        readonly transactionId: string;
        readonly chargingState?: ChargingState;
        /** 2.x: who pays was found out after the start (E03: the cable first). */
        readonly authorization?: ShownToken;
        readonly seqNo?: number;
        readonly samples: readonly MeterSample[];
        readonly atMs: number;
        readonly offline: boolean;
        /** 2.x: the station says that it could not be sent when it happened. */
        readonly isStored?: true;
      }
    | {
        readonly type: 'transaction.ended';
        /** `UNNAMED_TRANSACTION` where the station never learnt its number (1.6). */
        readonly transactionId: string;
        readonly evseNumber?: number;
        readonly meterStopWh?: number;
        readonly reason?: string;
        /** The token that ended it, where one did. */
        readonly endedBy?: ShownToken;
        readonly seqNo?: number;
        readonly samples: readonly MeterSample[];
        readonly atMs: number;
        readonly offline: boolean;
      }
    | {
        /** MeterValues outside or inside a transaction (1.6: the transaction's samples come here). */
        readonly type: 'meter.sampled';
        readonly evseNumber: number;
        readonly transactionId?: string;
        /** 1.6: the number of a transaction that this station did not begin here. */
        readonly foreignTransactionId?: string;
        readonly samples: readonly MeterSample[];
      }
    | {
        readonly type: 'command.answered';
        readonly epoch: number;
        readonly seq: number;
        /** When the last byte was handed to the socket; absent when it was never written. */
        readonly sentAtMs?: number;
        readonly outcome: CommandOutcome;
      }
  );

/** Which profiles a clear is for; what is absent is not asked for. */
export interface ClearCriteria {
  readonly evseNumber?: number;
  readonly purpose?: ProfilePurpose;
  readonly stackLevel?: number;
}

/** What we ask of a station. */
export type StationCommand =
  | { readonly kind: 'set-charging-profile'; readonly profile: ChargingProfile }
  | {
      readonly kind: 'clear-charging-profile';
      /** By id, or by an AND of criteria. Never both, never neither. */
      readonly profileId?: number;
      readonly criteria?: ClearCriteria;
    }
  | {
      readonly kind: 'get-composite-schedule';
      readonly evseNumber: number;
      readonly durationSec: number;
      readonly unit?: 'A' | 'W';
    }
  /** 2.x: every profile it holds; they arrive as `profiles.reported` under `reportNumber`. */
  | { readonly kind: 'get-charging-profiles' }
  | { readonly kind: 'remote-start'; readonly evseNumber: number; readonly idToken: string }
  | { readonly kind: 'remote-stop'; readonly transactionId: string }
  | {
      readonly kind: 'trigger-message';
      readonly message: 'boot' | 'status' | 'meter' | 'heartbeat';
      readonly evseNumber?: number;
    }
  /** 1.6 GetConfiguration; 2.x GetBaseReport, whose NotifyReports arrive as `station.variables`. */
  | { readonly kind: 'read-variables' }
  /** 1.6 ChangeConfiguration keys; 2.x SetVariables of SampledDataCtrlr and AlignedDataCtrlr. */
  | { readonly kind: 'configure-sampling'; readonly intervalSec: number }
  /** Any request of the standard, asked for by an operator; its payload has passed its schema. */
  | { readonly kind: 'call'; readonly action: string; readonly payload: object };

/**
 * How a command ended.
 * - `accepted` the station said yes (`schedule`, `variables` where it returns them; `matched` false
 *   when a clear found nothing: OCPP `Unknown`)
 * - `rejected` a well-formed no
 * - `not-supported` CALLERROR NotSupported / NotImplemented, or status NotSupported
 * - `error` any other CALLERROR, or an answer that breaks the schema
 * - `timeout` no answer within the call timeout: the station may still act
 * - `closed` the connection ended while it was in flight: the station may still act
 * - `not-sent` it was never written to a socket (refused by the engine, offline, fenced, expired)
 */
export type CommandOutcome =
  | {
      readonly status: 'accepted';
      readonly matched?: boolean;
      readonly schedule?: CompositeSchedule;
      readonly variables?: Readonly<Record<string, string>>;
      /** The station's answer to a `call`, whole, secrets masked. */
      readonly response?: unknown;
    }
  | { readonly status: 'rejected'; readonly detail: string; readonly response?: unknown }
  | { readonly status: 'not-supported'; readonly detail: string }
  | {
      readonly status: 'error';
      readonly detail: string;
      /** It shows a schedule that limits nothing (-1). */
      readonly isUnlimited?: true;
    }
  | { readonly status: 'timeout' }
  | { readonly status: 'closed' }
  | {
      readonly status: 'not-sent';
      readonly detail: string;
      /** The engine would not let it out; absent: its station could not be reached in time. */
      readonly cause?: 'refused';
    };

/** A row of the outbox: committed before the call leaves. */
export interface OutboxCommand {
  readonly siteId: string;
  readonly stationId: StationId;
  /** One writer per site: a gateway drops what is at or below the highest (epoch, seq) it wrote. */
  readonly epoch: number;
  /** Increasing per site. */
  readonly seq: number;
  readonly command: StationCommand;
  /** Cuts overtake everything else that waits for the station. */
  readonly priority: 'cut' | 'normal';
  readonly createdAtMs: number;
  /** Not to be written to a socket after this instant. */
  readonly expiresAtMs: number;
  /** Of an operator's command: its calls are told in the log, under this id. */
  readonly commandId?: string | undefined;
  /** Of the request that asked for it. */
  readonly traceId?: string | undefined;
}
