/**
 * Verification of Standard Webhooks: HMAC-SHA-256 over `{id}.{timestamp}.{raw body}`, base64, in
 * space-separated `v1,<signature>` entries (several while a key is being rotated).
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Largest difference between the sender's clock and ours, either way, s (Standard Webhooks). */
const TOLERANCE_SEC = 300;
/** More entries than any rotation needs. */
const SIGNATURES_MAX = 8;
const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;
const ID_MAX_LENGTH = 256;

export interface WebhookHeaders {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

/**
 * - `valid`     this secret signed these bytes just now
 * - `malformed` a header is absent or not in the form of the convention
 * - `stale`     signed more than 300 s before or after now
 * - `forged`    no signature of this secret over these bytes
 */
export type WebhookVerdict = 'valid' | 'malformed' | 'stale' | 'forged';

/** Checks raw bytes before anything parses them. `realNowSec` is the real wall clock. */
export function verifyWebhook(
  headers: WebhookHeaders,
  rawBody: Buffer,
  secret: Buffer,
  realNowSec: number,
): WebhookVerdict {
  const { id, timestamp, signature } = headers;
  if (id === undefined || id === '' || id.length > ID_MAX_LENGTH || id.includes('.')) {
    return 'malformed';
  }
  if (timestamp === undefined || !/^[0-9]{1,12}$/.test(timestamp)) return 'malformed';
  if (signature === undefined) return 'malformed';
  const expected = signatureOf(id, timestamp, rawBody, secret);
  if (
    !signature
      .split(' ')
      .slice(0, SIGNATURES_MAX)
      .some((entry) => matches(entry, expected))
  ) {
    return 'forged';
  }
  return Math.abs(realNowSec - Number(timestamp)) <= TOLERANCE_SEC ? 'valid' : 'stale';
}

/** The value of the webhook-signature header for these bytes. */
export function signWebhook(
  id: string,
  timestamp: string,
  rawBody: Buffer,
  secret: Buffer,
): string {
  return `v1,${signatureOf(id, timestamp, rawBody, secret).toString('base64')}`;
}

export function newWebhookSecret(): Buffer {
  return randomBytes(SECRET_BYTES);
}

/** As shown to the issuer, once. */
export function webhookSecretText(secret: Buffer): string {
  return SECRET_PREFIX + secret.toString('base64');
}

/** Undefined when the text is not `whsec_` and base64. */
export function webhookSecretOf(text: string): Buffer | undefined {
  if (!text.startsWith(SECRET_PREFIX)) return undefined;
  const encoded = text.slice(SECRET_PREFIX.length);
  const secret = Buffer.from(encoded, 'base64');
  return secret.length > 0 && secret.toString('base64') === encoded ? secret : undefined;
}

function signatureOf(id: string, timestamp: string, rawBody: Buffer, secret: Buffer): Buffer {
  return createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(rawBody).digest();
}

function matches(entry: string, expected: Buffer): boolean {
  const [version, encoded, ...rest] = entry.split(',');
  if (version !== 'v1' || encoded === undefined || rest.length > 0) return false;
  const given = Buffer.from(encoded, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
