/** Why a connection ended, for a person. */
import { PROCESS_ENDED } from '../store/operations/station-rows.js';

/** RFC 6455, section 7.4.1. */
const CODES: Readonly<Record<number, string>> = {
  1000: 'closed in the ordinary way',
  1001: 'one side went away',
  1002: 'closed because of frames that break the protocol',
  1003: 'closed because of data of a kind that is not accepted',
  1005: 'closed without a reason',
  1006: 'the connection broke without a goodbye: network or power',
  1007: 'closed because of text that is not UTF-8',
  1008: 'closed by a rule of the service',
  1009: 'closed because a message was too large',
  1010: 'the station missed an extension',
  1011: 'closed because of an error inside',
  1012: 'the service restarted',
  1013: 'asked to come back later',
  1015: 'the TLS handshake failed',
};

const OWN_REASONS: readonly (readonly [RegExp, string])[] = [
  [/replaced by a newer connection/, 'the same station connected again'],
  [/^idle$/, 'no message came for too long'],
  [/gateway stops/, 'the service stopped or restarted'],
  [/malformed frames/, 'too many frames were no OCPP-J'],
  [/ping/i, 'the station did not answer a ping'],
];

export function closeInWords(code: number | undefined, reason: string | undefined): string {
  if (reason === PROCESS_ENDED)
    return 'the service ended without a goodbye; seen at its next start';
  const own = OWN_REASONS.find(([pattern]) => reason !== undefined && pattern.test(reason));
  if (own !== undefined) return own[1];
  const words = CODES[code ?? 1005] ?? `closed with code ${code ?? 'none'}`;
  const said = reason?.replace(/^\d{4}\s*/, '').trim() ?? '';
  return said === '' ? words : `${words} ("${said}")`;
}
