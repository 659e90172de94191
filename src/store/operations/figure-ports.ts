/** Figures over the histories, for the faults inbox, the page of a station and the diagnosis. */
import type { BoundBy, EvseId, SiteId, StationId } from '../../../solver/index.js';
import type { RecordKind } from '../../ocpp/messages.js';

/** A time of a station while it was this tenant's: its id may have been another's before. */
export interface StationSpan {
  readonly tenantId: string;
  readonly stationId: StationId;
  readonly fromMs: number;
  readonly toMs: number;
}

export type EvseSpan = Omit<StationSpan, 'stationId'> & { readonly evseId: EvseId };

export interface SessionTally {
  readonly stationId: StationId;
  /** Sessions that are over and in which somebody tried to charge. */
  readonly attempted: number;
  /** Those of them that moved energy. */
  readonly succeeded: number;
}

export interface StationCount {
  readonly stationId: StationId;
  readonly count: number;
}

export interface StationFault {
  readonly stationId: StationId;
  readonly errorCode?: string;
}

/** What a station's timestamps say of its clock: received less stated, ms. */
export interface ClockOffsets {
  readonly stationId: StationId;
  readonly minMs: number;
  readonly maxMs: number;
  readonly count: number;
}

export interface KeptRecord {
  readonly id: number;
  readonly stationId: StationId;
  readonly evseNumber?: number;
  readonly kind: RecordKind;
  readonly severity: 'info' | 'warning' | 'error';
  readonly receivedAtMs: number;
  readonly summary: string;
}

/** One station, one UTC day. */
export interface DayFigures {
  readonly stationId: StationId;
  readonly dayAtMs: number;
  readonly connections: number;
  readonly errors: number;
  readonly sessions: number;
  readonly energyWh: number;
  readonly temperatureMaxC?: number;
}

export interface LimitChange {
  readonly atMs: number;
  readonly limitA: number;
  readonly boundBy: BoundBy;
}

/** An answer of ours that did not let a token charge. */
export interface Refusal {
  readonly messageId: number;
  readonly atMs: number;
  /** `Blocked`, `Expired`, `Invalid`, `ConcurrentTx`, ... */
  readonly status: string;
}

export interface FigureStore {
  /** Of sessions plugged in since. */
  tallies(siteId: SiteId, sinceMs: number): Promise<readonly SessionTally[]>;
  /** The same of one station. */
  tally(stationId: StationId, sinceMs: number): Promise<SessionTally>;
  /** Stations that say of themselves as a whole (number 0) that they are faulted. */
  wholeFaulted(siteId: SiteId): Promise<readonly StationFault[]>;
  /** Connections opened since. */
  opened(siteId: SiteId, sinceMs: number): Promise<readonly StationCount[]>;
  clockOffsets(siteId: SiteId, sinceMs: number): Promise<readonly ClockOffsets[]>;
  /** Open connections whose last message came before. */
  silent(
    siteId: SiteId,
    beforeMs: number,
  ): Promise<readonly { readonly stationId: StationId; readonly lastMessageAtMs: number }[]>;
  /** Ascending by id. */
  records(siteId: SiteId, afterId: number, limit: number): Promise<readonly KeptRecord[]>;
  days(siteId: SiteId, fromMs: number, toMs: number): Promise<readonly DayFigures[]>;
  /** Ascending; the last one before the span is its first. */
  limits(span: EvseSpan): Promise<readonly LimitChange[]>;
  refusals(span: StationSpan): Promise<readonly Refusal[]>;
}
