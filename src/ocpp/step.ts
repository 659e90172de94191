/** A command as a conversation: a call, and what follows from how it ended. */
import type { Call, CallEnd } from './call-line.js';
import { cutText } from './cut-text.js';
import type { CommandOutcome } from './messages.js';

export interface Step {
  readonly call: Call;
  next(end: CallEnd): Step | CommandOutcome;
}

export function isStep(value: Step | CommandOutcome): value is Step {
  return 'call' in value;
}

const DETAIL_LENGTH_MAX = 200;
const UNSUPPORTED = new Set(['NotSupported', 'NotImplemented']);

/** A conversation of one call: `read` makes the outcome of a well-formed answer. */
export function singleCall<Answer>(call: Call, read: (answer: Answer) => CommandOutcome): Step {
  return {
    call,
    next: (end) => (end.status === 'result' ? read(end.payload as Answer) : failureOf(end)),
  };
}

/** How a command ended whose call brought no answer. */
export function failureOf(end: Exclude<CallEnd, { readonly status: 'result' }>): CommandOutcome {
  if (end.status !== 'call-error') return { status: end.status };
  const detail = cutText(`${end.code}: ${end.description}`, DETAIL_LENGTH_MAX);
  return { status: UNSUPPORTED.has(end.code) ? 'not-supported' : 'error', detail };
}

/** An answer that has a `status` and perhaps a reason beside it. */
export interface StatusAnswer {
  readonly status: string;
  readonly statusInfo?: { readonly reasonCode: string; readonly additionalInfo?: string };
}

/** The outcome of a plain status: Accepted, no support, or a no. */
export function statusOutcome(answer: StatusAnswer): CommandOutcome {
  if (answer.status === 'Accepted') return { status: 'accepted' };
  const detail = statusDetail(answer);
  return { status: UNSUPPORTED.has(answer.status) ? 'not-supported' : 'rejected', detail };
}

export function statusDetail({ status, statusInfo }: StatusAnswer): string {
  const parts = [status, statusInfo?.reasonCode, statusInfo?.additionalInfo];
  const text = parts.filter((part) => part !== undefined && part !== '').join(': ');
  return cutText(text, DETAIL_LENGTH_MAX);
}
