/**
 * Checks payloads against the schemas of their version: as they are first, then, unless the station is
 * held to the letter, once more after a repair.
 * Replaces the strict mode of ocpp-rpc, which rejects every 2.1 call, drops a transaction for one
 * unknown property and sends the whole payload back in its error.
 */
import { createValidator } from 'ocpp-rpc';

import { CallError, type CallErrorCode } from './call-error.js';
import type { OcppVersion, SchemaMode } from './messages.js';
import { repair, type RepairMode } from './repair.js';
import { loadSchemas, type Schema } from './schemas.js';

export interface Checked {
  readonly payload: unknown;
  /** What had to be mended; empty for a payload that follows the standard. */
  readonly notes: readonly string[];
}

export interface MessageSchemas {
  /** True when the version defines a call of this name. */
  knows(action: string): boolean;
  /** True when the version defines a message of this name that has no answer (SEND of 2.1). */
  knowsSend(action: string): boolean;
  /** The request, mended where needed. Throws CallError with the code of the first violation. */
  checkRequest(action: string, payload: unknown): Checked;
  /** A message without an answer, like a request. */
  checkSend(action: string, payload: unknown): Checked;
  /** The answer to a call of ours, mended where needed. Throws CallError. */
  checkAnswer(action: string, payload: unknown): Checked;
}

const CODES: Readonly<Record<string, CallErrorCode>> = {
  type: 'TypeConstraintViolation',
  enum: 'PropertyConstraintViolation',
  maxLength: 'PropertyConstraintViolation',
  minLength: 'PropertyConstraintViolation',
  maximum: 'PropertyConstraintViolation',
  minimum: 'PropertyConstraintViolation',
  multipleOf: 'PropertyConstraintViolation',
  pattern: 'PropertyConstraintViolation',
  required: 'OccurrenceConstraintViolation',
  minItems: 'OccurrenceConstraintViolation',
  maxItems: 'OccurrenceConstraintViolation',
};

interface Violation {
  readonly keyword?: string;
  readonly instancePath?: string;
  readonly message?: string;
}

/** Compiles lazily: only the actions that are used cost memory. */
export function createMessageSchemas(
  version: OcppVersion,
  schemaMode: SchemaMode = 'lenient',
): MessageSchemas {
  const schemas = loadSchemas(version, schemaMode);
  const byId = new Map<string, Schema>(schemas.map((schema) => [schema.$id ?? '', schema]));
  const validator = createValidator(
    version,
    schemas.map((schema) => ({ ...schema })),
  );

  const violationOf = (id: string, payload: unknown): Violation | undefined => {
    try {
      validator.validate(id, payload);
      return undefined;
    } catch (error) {
      return firstViolation(error);
    }
  };

  const check = (id: string, payload: unknown, mode: RepairMode): Checked => {
    const schema = byId.get(id);
    if (schema === undefined) throw new CallError('NotImplemented', 'unknown action');
    const slip = violationOf(id, payload);
    if (slip === undefined) return { payload, notes: [] };
    if (schemaMode === 'strict') throw refusal(slip);
    const { value, notes } = repair(schema, payload, mode);
    const violation = violationOf(id, value);
    if (violation !== undefined) throw refusal(violation);
    return { payload: value, notes };
  };

  return {
    knows: (action) => byId.has(`urn:${action}.req`),
    knowsSend: (action) => byId.has(`urn:${action}`) && !/\.(req|conf)$/.test(action),
    checkRequest: (action, payload) =>
      check(`urn:${action}.req`, payload, WHOLE.has(action) ? 'careful' : 'forgiving'),
    checkSend: (action, payload) => check(`urn:${action}`, payload, 'forgiving'),
    checkAnswer: (action, payload) => check(`urn:${action}.conf`, payload, 'careful'),
  };
}

/** What is left out of it would be taken for what the station does not hold. */
const WHOLE = new Set(['ReportChargingProfiles']);

/** The payload itself is never sent back, nor are the names in it. */
function refusal({ keyword, instancePath = '', message }: Violation): CallError {
  const where = instancePath === '' ? 'payload' : instancePath.slice(0, 100);
  return new CallError(
    CODES[keyword ?? ''] ?? 'FormatViolation',
    `${where} ${message ?? 'breaks its schema'}`,
  );
}

function firstViolation(error: unknown): Violation {
  const details = (error as { details?: { errors?: readonly Violation[] } }).details;
  return details?.errors?.[0] ?? {};
}
