/** Secrets of stations and API clients: made here, stored only as a MAC or a hash. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 24;
const STATION_SECRET_BYTES = 20;
const KEY_ID_BYTES = 6;

/** A fresh secret, 32 url-safe characters, 192 random bits. */
function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/**
 * A station's secret: 40 hex digits, 160 random bits. The one form that every station takes: as the hex
 * key of OCPP 1.6 (at most 20 bytes) and as the password of 2.x (16 to 40 characters).
 */
export function newStationSecret(): string {
  return randomBytes(STATION_SECRET_BYTES).toString('hex');
}

/**
 * What is stored of a station's secret: HMAC-SHA-256 under the server key, 32 bytes. A plain MAC is
 * enough because the secret is random; a slow hash would make a storm of reconnects expensive.
 */
export function macOf(serverKey: Buffer, secret: string): Buffer {
  return createHmac('sha256', serverKey).update(secret, 'utf8').digest();
}

/** Equality in constant time; false for different lengths. */
export function sameMac(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

export interface ApiKey {
  readonly id: string;
  /** `bb_<id>_<secret>`, shown once. */
  readonly key: string;
  readonly hash: Buffer;
}

export function newApiKey(): ApiKey {
  const id = randomBytes(KEY_ID_BYTES).toString('hex');
  const key = `bb_${id}_${newSecret()}`;
  return { id, key, hash: hashKey(key) };
}

/** SHA-256 of the whole key, 32 bytes. */
export function hashKey(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest();
}
