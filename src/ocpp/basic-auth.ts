import { timingSafeEqual } from 'node:crypto';

export interface BasicCredentials {
  readonly username: string;
  /**
   * What the password may stand for, always five, so that the work is the same: the text itself; its
   * bytes as hex, in both cases (1.6 stations that turn the hex digits of AuthorizationKey into bytes
   * before they send them); the text that hex digits stand for (stations that were given the hex of a
   * text); and the text in lower case (hex digits typed in upper case).
   */
  readonly passwords: readonly [string, string, string, string, string];
}

const HEADER = /^ *basic +([A-Za-z0-9+/_-]+={0,2}) *$/i;
const HEADER_LENGTH_MAX = 1024;
const ABSENT: BasicCredentials = { username: '', passwords: ['', '', '', '', ''] };
const COLON = 0x3a;
const HEX = /^(?:[0-9a-f]{2})+$/i;

/** Reads an Authorization header; without a readable one the credentials are empty. */
export function basicCredentials(header: string | undefined): BasicCredentials {
  if (header === undefined || header.length > HEADER_LENGTH_MAX) return ABSENT;
  const encoded = HEADER.exec(header)?.[1];
  if (encoded === undefined) return ABSENT;
  const bytes = Buffer.from(encoded, 'base64');
  const colonIndex = bytes.indexOf(COLON);
  if (colonIndex < 0) return ABSENT;
  const password = bytes.subarray(colonIndex + 1);
  const text = password.toString('utf8');
  const hex = password.toString('hex');
  const isHex = HEX.test(text);
  return {
    username: bytes.subarray(0, colonIndex).toString('utf8'),
    passwords: [
      text,
      hex,
      hex.toUpperCase(),
      isHex ? Buffer.from(text, 'hex').toString('utf8') : text,
      isHex ? text.toLowerCase() : text,
    ],
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
