import { createHash, randomBytes } from 'node:crypto';

const KEY_BYTES = 24;
const KEY_PATTERN = /^bb_[A-Za-z0-9_-]{32,64}$/;

/** A fresh API key, 192 random bits: shown once, then only its hash is kept. */
export function newApiKey(): string {
  return `bb_${randomBytes(KEY_BYTES).toString('base64url')}`;
}

/** What the store keeps of a key. A plain hash is enough for a key of 192 random bits. */
export function apiKeyHash(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest();
}

/** The key of an `Authorization: Bearer bb_...` header; undefined when it is anything else. */
export function bearerKey(header: string | undefined): string | undefined {
  const token = header?.match(/^Bearer +(\S+)$/i)?.[1];
  return token !== undefined && KEY_PATTERN.test(token) ? token : undefined;
}
