/** Failures of the outside world. The core itself answers with unions and never throws these. */

/** Every code that can leave the program; each is documented where it is thrown. */
export type ErrorCode =
  | 'already-exists'
  | 'config-invalid'
  | 'cursor-invalid'
  | 'data-dir-in-use'
  | 'data-dir-unusable'
  | 'database-start-failed'
  | 'database-unavailable'
  | 'outbound-failed'
  | 'outbound-refused'
  | 'queue-unavailable'
  | 'schema-too-new'
  | 'secret-unreadable'
  | 'site-unknown'
  | 'stale-epoch'
  | 'step-failed'
  | 'store-closed';

export interface CpmsErrorOptions {
  /** The same request may succeed later without a change. */
  readonly retriable: boolean;
  readonly cause?: unknown;
  /** It failed before anything was sent: nothing of it can have happened. */
  readonly didNothing?: true;
}

/** An outside failure: the edge retries, answers or raises an alarm by `code`. */
export class CpmsError extends Error {
  readonly code: ErrorCode;
  readonly retriable: boolean;
  readonly didNothing: boolean;

  constructor(code: ErrorCode, message: string, options: CpmsErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'CpmsError';
    this.code = code;
    this.retriable = options.retriable;
    this.didNothing = options.didNothing === true;
  }
}

/** True for a CpmsError of this code. */
export function hasCode(error: unknown, code: ErrorCode): error is CpmsError {
  return error instanceof CpmsError && error.code === code;
}

/** True where it is certain that nothing of the failed work has happened. */
export function didNothing(error: unknown): boolean {
  return error instanceof CpmsError && error.didNothing;
}
