/** Doors to the rows of upkeep. Every update of something open leaves what has ended alone. */
import type { SiteId, StationId } from '../../../solver/index.js';
import type {
  CertificateRequest,
  CertificateType,
  StationCertificate,
} from '../../upkeep/certificates/certificate.js';
import type { LogRequest } from '../../upkeep/diagnostics/log-request.js';
import type { FirmwareImage, FirmwareUpdate } from '../../upkeep/firmware/firmware.js';
import type { ListEntry, LocalList } from '../../upkeep/local-list/local-list.js';
import type { Reservation } from '../../upkeep/reservations/reservation.js';
import type { Page } from '../ports.js';

export interface UpkeepQuery {
  readonly tenantId: string;
  readonly stationId?: StationId;
  readonly limit: number;
  readonly after?: string;
}

export interface Owner {
  readonly tenantId: string;
  readonly siteId: SiteId;
  readonly stationId: StationId;
  readonly actor: string;
}

/** Rows that are numbered from one sequence and are open until they end. */
interface NumberedDoor<Row, New, Change> {
  create(row: New): Promise<Row>;
  find(tenantId: string, id: number): Promise<Row | undefined>;
  /** Newest first. */
  list(query: UpkeepQuery): Promise<Page<Row>>;
  /** Open ones, oldest first; of every station where none is named. */
  open(stationId?: StationId): Promise<readonly Row[]>;
  /** Undefined when the row has ended already. */
  change(id: number, change: Change): Promise<Row | undefined>;
}

type ChangeOf<Row, Key extends keyof Row> = Partial<Pick<Row, Key>>;

export type ReservationChange = ChangeOf<Reservation, 'status' | 'detail' | 'endedAtMs'>;
export type FirmwareChange = ChangeOf<
  FirmwareUpdate,
  'status' | 'detail' | 'updatedAtMs' | 'endedAtMs'
>;
export type LogChange = ChangeOf<
  LogRequest,
  'status' | 'detail' | 'fileName' | 'updatedAtMs' | 'endedAtMs'
>;
export type CertificateRequestChange = ChangeOf<
  CertificateRequest,
  'status' | 'detail' | 'chainPem' | 'attempts' | 'notBeforeMs' | 'endedAtMs' | 'actor'
>;

export interface TransferLink {
  readonly kind: 'upload' | 'download';
  readonly stationId: StationId;
  readonly tenantId: string;
  /** The id of a log request, or the name of a firmware image. */
  readonly target: string;
  /** Real time. */
  readonly expiresAtMs: number;
}

export interface UpkeepStore {
  readonly localLists: {
    find(stationId: StationId): Promise<LocalList | undefined>;
    /** All that are not `unmanaged`, of every tenant. */
    managed(): Promise<readonly LocalList[]>;
    /** What is wanted; keeps what the station holds. */
    want(list: Owner & Pick<LocalList, 'source' | 'explicit'>): Promise<LocalList>;
    /** How far the synchronisation with what was wanted at `wantedAtMs` has come. */
    progress(
      stationId: StationId,
      state: Pick<
        LocalList,
        'held' | 'status' | 'detail' | 'checkedAtMs' | 'synchronisedAtMs' | 'wantedAtMs'
      >,
    ): Promise<void>;
    /** Tokens that may charge at this site while its stations are offline. */
    offlineTokens(at: Pick<Owner, 'tenantId' | 'siteId'>): Promise<readonly ListEntry[]>;
    /** By tenant: changes whenever a token of the tenant does. */
    tokenStamps(): Promise<ReadonlyMap<string, string>>;
  };
  readonly reservations: NumberedDoor<
    Reservation,
    Omit<Reservation, 'id' | 'endedAtMs' | 'detail' | 'createdAtMs'>,
    ReservationChange
  >;
  readonly firmwareImages: {
    /** The image that was there under this name, if any. */
    put(image: FirmwareImage): Promise<FirmwareImage | undefined>;
    find(tenantId: string, name: string): Promise<FirmwareImage | undefined>;
    list(tenantId: string): Promise<readonly FirmwareImage[]>;
    remove(tenantId: string, name: string): Promise<FirmwareImage | undefined>;
  };
  readonly firmwareUpdates: NumberedDoor<
    FirmwareUpdate,
    Omit<FirmwareUpdate, 'id' | 'endedAtMs' | 'detail' | 'createdAtMs' | 'updatedAtMs'>,
    FirmwareChange
  >;
  readonly logRequests: NumberedDoor<
    LogRequest,
    Pick<LogRequest, 'logType' | 'oldestAtMs' | 'latestAtMs' | 'status'> & Owner,
    LogChange
  > & {
    /** Ends it as uploaded, even where the station had said that it failed. The file it had before. */
    received(id: number, file: NonNullable<LogRequest['file']>): Promise<string | undefined>;
    /** Removes rows created before; the keys of their files. */
    removeBefore(atMs: number): Promise<readonly string[]>;
  };
  readonly transferLinks: {
    create(hash: Buffer, link: TransferLink): Promise<void>;
    find(hash: Buffer): Promise<TransferLink | undefined>;
    removeBefore(atMs: number): Promise<void>;
  };
  readonly certificateRequests: NumberedDoor<
    CertificateRequest,
    Omit<CertificateRequest, 'id' | 'endedAtMs' | 'createdAtMs' | 'chainPem' | 'attempts'>,
    CertificateRequestChange
  >;
  readonly certificates: {
    list(
      query: Pick<UpkeepQuery, 'tenantId' | 'stationId'>,
    ): Promise<readonly StationCertificate[]>;
    find(tenantId: string, id: number): Promise<StationCertificate | undefined>;
    /** One row a certificate and type: a second one refreshes the first. */
    put(certificate: Omit<StationCertificate, 'id'>): Promise<void>;
    remove(id: number): Promise<void>;
    /** Of these types, everything not seen since. */
    removeUnseen(
      stationId: StationId,
      types: readonly CertificateType[],
      seenBeforeMs: number,
    ): Promise<void>;
  };
  readonly authorities: {
    find(name: string): Promise<{ certificatePem: string; keyPkcs8: Buffer } | undefined>;
    /** Keeps the one that is there. */
    create(
      name: string,
      authority: { readonly certificatePem: string; readonly keyPkcs8: Buffer },
    ): Promise<void>;
  };
}
