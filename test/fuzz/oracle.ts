/**
 * Says whether a frame of the gateway follows the standard: its own validator over the schemas as they
 * are shipped, its own reading of OCPP-J. Shares no code with the gateway.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import { type JsonSchema, type Messages, messagesOf } from './shipped-schemas.js';

export interface Oracle {
  /** What is wrong with a request of ours; undefined: nothing. */
  request(action: string, payload: unknown): string | undefined;
  response(action: string, payload: unknown): string | undefined;
  /** True when a payload of the station follows the schema to the letter. */
  allows(kind: 'requests' | 'responses' | 'sends', action: string, payload: unknown): boolean;
  errorCode(code: unknown): string | undefined;
}

const CODES_16 = [
  'NotImplemented',
  'NotSupported',
  'InternalError',
  'ProtocolError',
  'SecurityError',
  'FormationViolation',
  'PropertyConstraintViolation',
  'OccurenceConstraintViolation',
  'TypeConstraintViolation',
  'GenericError',
];
const CODES_2 = [
  'FormatViolation',
  'GenericError',
  'InternalError',
  'MessageTypeNotSupported',
  'NotImplemented',
  'NotSupported',
  'OccurrenceConstraintViolation',
  'PropertyConstraintViolation',
  'ProtocolError',
  'RpcFrameworkError',
  'SecurityError',
  'TypeConstraintViolation',
];
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

export function createOracle(
  version: OcppVersion,
  messages: Messages = messagesOf(version),
): Oracle {
  const ajv = new Ajv({ strict: false, multipleOfPrecision: 6, validateFormats: true });
  ajv.addFormat('date-time', INSTANT);
  ajv.addFormat('uri', /^\S*$/);
  const compiled = new Map<JsonSchema, ValidateFunction>();
  const check = (schema: JsonSchema | undefined, payload: unknown): string | undefined => {
    if (schema === undefined) return 'no such message';
    const validate = compiled.get(schema) ?? ajv.compile(withoutNames(schema));
    compiled.set(schema, validate);
    return validate(payload) ? undefined : ajv.errorsText(validate.errors);
  };
  const codes = version === 'ocpp1.6' ? CODES_16 : CODES_2;
  return {
    request: (action, payload) => check(messages.requests.get(action), payload),
    response: (action, payload) => check(messages.responses.get(action), payload),
    allows: (kind, action, payload) => check(messages[kind].get(action), payload) === undefined,
    errorCode: (code) =>
      typeof code === 'string' && codes.includes(code)
        ? undefined
        : `code ${String(code)} is none of ${version}`,
  };
}

/** Its ids are no URNs to this ajv, its drafts differ, and 2.1 marks texts with a stray keyword. */
function withoutNames(schema: JsonSchema): object {
  const text = JSON.stringify(schema, function strip(this: { type?: string }, key, value: unknown) {
    if (key === '$id' || key === '$schema') return undefined;
    return key === 'additionalProperties' && this.type === 'string' ? undefined : value;
  });
  return JSON.parse(text) as object;
}
