/** Errors on the wire: RFC 9457 problem details, every kind named once with its cure. */

export interface FieldError {
  /** JSON pointer into the body, or the name of a parameter or header. */
  readonly pointer: string;
  /** What is wrong and what is allowed. */
  readonly detail: string;
  /** The rule of the domain that is broken, where it has a name. */
  readonly rule?: string;
}

export const PROBLEMS = {
  'malformed-json': [400, 'The body is not JSON', 'Send one well-formed JSON document.'],
  'bad-request': [
    400,
    'The request cannot be read',
    'Correct the named parameter, header or field.',
  ],
  unauthenticated: [
    401,
    'Nobody is signed in',
    'Send "Authorization: Bearer bb_..." or open the one-time link that the server printed.',
  ],
  'not-signed-in': [
    401,
    'E-mail or password is wrong',
    'Check both; whoever administers Busbar can make a new link to choose a password.',
  ],
  'bad-signature': [
    401,
    'No issuer of this site signed this',
    'Sign "{webhook-id}.{webhook-timestamp}.{raw body}" with the issuer\'s secret, within 5 minutes.',
  ],
  forbidden: [403, 'Not allowed', 'Use a key with the scope that the detail names.'],
  'foreign-origin': [
    403,
    'A call with a cookie must come from our own page',
    'Call from the dashboard with the header x-busbar-csrf, or use an API key.',
  ],
  'not-found': [
    404,
    'There is no such thing',
    'Check the id; what another tenant owns is not shown.',
  ],
  conflict: [409, 'The state does not allow this', 'Read the resource again; the detail says why.'],
  'method-not-allowed': [405, 'This cannot be done here', 'The header Allow names what can.'],
  'request-in-flight': [
    409,
    'A call with this Idempotency-Key has not ended',
    'Try again in a moment. If that call was cut off, read what it was to change first.',
  ],
  'station-offline': [
    409,
    'The station is not connected',
    'Ask again when it is; nothing was sent.',
  ],
  'command-refused': [
    409,
    'The engine does not let this command out',
    'Read the detail; a dry run says beforehand what would be refused.',
  ],
  'precondition-failed': [
    412,
    'The resource has changed since you read it',
    'Read it again, look at the new values, and send its new ETag in If-Match.',
  ],
  'body-too-large': [413, 'The body is too large', 'Send at most 256 KiB.'],
  'unsupported-media-type': [
    415,
    'Only JSON is understood',
    'Send content-type: application/json.',
  ],
  invalid: [422, 'The document breaks a rule', 'Correct the fields that `errors` points at.'],
  'idempotency-key-reused': [
    422,
    'This Idempotency-Key belongs to another request',
    'Use a new key for a new request.',
  ],
  'payload-invalid': [
    422,
    "The payload breaks the schema of the station's version",
    'Correct the fields that `errors` points at.',
  ],
  'precondition-required': [
    428,
    'This is changed only with If-Match',
    'Send the ETag of the resource as you read it in the header If-Match.',
  ],
  'too-many-requests': [429, 'Too many requests', 'Wait as long as Retry-After says.'],
  internal: [
    500,
    'Something went wrong on our side',
    'Report the requestId; the log has the cause.',
  ],
  'station-call-error': [
    502,
    'The station could not make sense of the command',
    'The detail is what it said; its firmware may not support this.',
  ],
  'station-timeout': [
    504,
    'The station did not answer',
    'It may still have acted: look at its state before you ask again.',
  ],
  unavailable: [
    503,
    'A part of the service is not there right now',
    'Try again as Retry-After says; nothing was changed.',
  ],
} as const satisfies Record<string, readonly [number, string, string]>;

export type ProblemKind = keyof typeof PROBLEMS;

export class Problem extends Error {
  readonly kind: ProblemKind;
  readonly statusCode: number;
  readonly errors: readonly FieldError[];

  constructor(
    kind: ProblemKind,
    more: { detail?: string; errors?: readonly FieldError[]; cause?: unknown } = {},
  ) {
    const [status, title] = PROBLEMS[kind];
    super(more.detail ?? title, more.cause === undefined ? {} : { cause: more.cause });
    this.kind = kind;
    this.statusCode = status;
    this.errors = more.errors ?? [];
  }
}

/** One wrong field of a body. */
export function invalid(pointer: string, detail: string): Problem {
  return new Problem('invalid', { detail: `${pointer}: ${detail}`, errors: [{ pointer, detail }] });
}

export function problemBody(problem: Problem, instance: string, requestId: string) {
  const [status, title] = PROBLEMS[problem.kind];
  return {
    type: `/problems/${problem.kind}`,
    title,
    status,
    detail: problem.message,
    instance,
    ...(problem.errors.length > 0 ? { errors: problem.errors } : {}),
    requestId,
  };
}
