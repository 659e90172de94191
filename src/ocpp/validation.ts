/**
 * Checks payloads against the schemas of their version: strictly first, then once more after a repair.
 * Replaces the strict mode of ocpp-rpc, which rejects every 2.1 call, drops a transaction for one
 * unknown property and sends the whole payload back in its error.
 */
import { createValidator } from 'ocpp-rpc';

import { CallError, type CallErrorCode } from './call-error.js';
import type { OcppVersion } from './messages.js';
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
  /** The request, mended where needed. Throws CallError with the code of the first violation. */
  checkRequest(action: string, payload: unknown): Checked;
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
  minItems: 'OccurrenceConstraintViolation',
  maxItems: 'OccurrenceConstraintViolation',
};

interface Violation {
  readonly keyword?: string;
  readonly instancePath?: string;
  readonly message?: string;
}

/** Compiles lazily: only the actions that are used cost memory. */
export function createMessageSchemas(version: OcppVersion): MessageSchemas {
  const schemas = loadSchemas(version);
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
    if (violationOf(id, payload) === undefined) return { payload, notes: [] };
    const { value, notes } = repair(schema, payload, mode);
    const violation = violationOf(id, value);
    if (violation === undefined) return { payload: value, notes };
    const where = (violation.instancePath ?? '').slice(0, 100);
    throw new CallError(
      CODES[violation.keyword ?? ''] ?? 'FormatViolation',
      `${where === '' ? 'payload' : where} ${violation.message ?? 'breaks its schema'}`.slice(
        0,
        255,
      ),
    );
  };

  return {
    knows: (action) => byId.has(`urn:${action}.req`),
    checkRequest: (action, payload) => check(`urn:${action}.req`, payload, 'forgiving'),
    checkAnswer: (action, payload) => check(`urn:${action}.conf`, payload, 'careful'),
  };
}

function firstViolation(error: unknown): Violation {
  const details = (error as { details?: { errors?: readonly Violation[] } }).details;
  return details?.errors?.[0] ?? {};
}
