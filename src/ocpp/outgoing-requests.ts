/**
 * What a CPMS may send: the requests of each version, and whether a payload follows its schema to the
 * letter. Stations are forgiven; what we send ourselves is not.
 */
import { CSMS_REQUESTS } from './csms-requests.js';
import type { OcppVersion } from './messages.js';
import { type PayloadError, payloadErrors } from './payload-errors.js';
import { strictSchemas } from './schemas.js';

export interface OutgoingRequests {
  /** Every action, in the order of the alphabet. */
  actions(version: OcppVersion): readonly string[];
  /** Precondition: the version has the action. */
  errors(version: OcppVersion, action: string, payload: unknown): readonly PayloadError[];
}

/** Reads the schemas of a version when it is first asked for. */
export function createOutgoingRequests(): OutgoingRequests {
  const loaded = new Map<OcppVersion, ReturnType<typeof strictSchemas>>();
  return {
    actions: (version) => CSMS_REQUESTS[version],
    errors(version, action, payload) {
      const schemas = loaded.get(version) ?? strictSchemas(version);
      loaded.set(version, schemas);
      const schema = schemas.get(action);
      if (schema === undefined) throw new Error(`${version} has no request ${action}`);
      return payloadErrors(schema, payload);
    },
  };
}
