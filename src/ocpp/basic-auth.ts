import { timingSafeEqual } from 'node:crypto';

export interface BasicCredentials {
  readonly username: string;
  /** The password as text, and as hex for stations that send the bytes their key stands for. */
  readonly passwords: readonly [string, string];
}

const HEADER = /^ *basic +([A-Za-z0-9+/_-]+={0,2}) *$/i;
const HEADER_LENGTH_MAX = 1024;
const ABSENT: BasicCredentials = { username: '', passwords: ['', ''] };
const COLON = 0x3a;

/**
 * Reads an Authorization header; without a readable one the credentials are empty, so that the same
 * work follows. The second password covers OCPP 1.6 stations that turn the 40 hex digits of
 * AuthorizationKey into 20 bytes before they send them.
 */
export function basicCredentials(header: string | undefined): BasicCredentials {
  if (header === undefined || header.length > HEADER_LENGTH_MAX) return ABSENT;
  const encoded = HEADER.exec(header)?.[1];
  if (encoded === undefined) return ABSENT;
  const bytes = Buffer.from(encoded, 'base64');
  const colonIndex = bytes.indexOf(COLON);
  if (colonIndex < 0) return ABSENT;
  const password = bytes.subarray(colonIndex + 1);
  return {
    username: bytes.subarray(0, colonIndex).toString('utf8'),
    passwords: [password.toString('utf8'), password.toString('hex')],
  };
}

/** Compares the MACs of all presented passwords with the expected one in constant time. */
export function anyMacMatches(presented: readonly Buffer[], expected: Buffer): boolean {
  let matches = false;
  for (const mac of presented) {
    if (mac.length === expected.length && timingSafeEqual(mac, expected)) matches = true;
  }
  return matches;
}
