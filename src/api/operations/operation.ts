/** An operation: a request to a station under a name and in fields that are the same in every version. */
import type { TSchema } from 'typebox';
import type { OcppVersion, StationCommand } from '../../ocpp/messages.js';
import type { SiteEvse } from '../../sites/site.js';
import { invalid, Problem } from '../problem.js';

export interface Operation {
  /** The last part of the path, behind the station. */
  readonly path: string;
  readonly method?: 'DELETE';
  readonly summary: string;
  readonly description?: string;
  /** Absent: it has no body. */
  readonly body?: TSchema;
  /** Beside the station's id. */
  readonly params?: Readonly<Record<string, TSchema>>;
  /** Throws a problem that names the field, or says that the version has no such thing. */
  build(given: Given): Built;
}

export interface Given {
  readonly version: OcppVersion;
  /** Body and further path parameters; have passed their schemas. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly evses: readonly SiteEvse[];
}

/** Either a request of the version, still to be checked against its schema, or a command of ours. */
export type Built =
  | { readonly action: string; readonly payload: object }
  | { readonly command: StationCommand };

/** A number that belongs to an EVSE of the station; undefined stays undefined. */
export function ownEvse({ body, evses }: Given): number | undefined {
  const evseNumber = body['evseNumber'] as number | undefined;
  if (evseNumber === undefined || evses.some((it) => it.evseNumber === evseNumber)) {
    return evseNumber;
  }
  throw invalid('/evseNumber', `the station has no EVSE ${evseNumber}`);
}

/** 1.6 has none of it. */
export function needs2(version: OcppVersion, what: string): void {
  if (version !== 'ocpp1.6') return;
  throw new Problem('command-refused', { detail: `${what}: ocpp1.6 has no such request` });
}

/** A 1.6 station has no connectors below its EVSEs. */
export function noConnector(given: Given): void {
  if (given.body['connectorNumber'] === undefined) return;
  throw invalid('/connectorNumber', 'ocpp1.6 knows EVSEs alone: leave it out');
}

/** `{id, connectorId}` of 2.x; undefined for the whole station. */
export function evse2(given: Given): { id: number; connectorId?: number } | undefined {
  const id = ownEvse(given);
  const connectorId = given.body['connectorNumber'] as number | undefined;
  if (id === undefined) {
    if (connectorId === undefined) return undefined;
    throw invalid('/evseNumber', 'is missing; a connector belongs to an EVSE');
  }
  return connectorId === undefined ? { id } : { id, connectorId };
}
