import { expect, test } from 'vitest';
import {
  hashKey,
  macOf,
  newApiKey,
  newStationSecret,
  sameMac,
} from '../../src/platform/credentials.js';
import { createIds } from '../../src/platform/ids.js';
import { seal, unseal } from '../../src/platform/seal.js';

const KEY = Buffer.alloc(32, 7);

test('a secret of a station is fresh and 40 hex digits, which 1.6 and 2.x both take', () => {
  const secrets = Array.from({ length: 100 }, newStationSecret);
  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) expect(secret).toMatch(/^[0-9a-f]{40}$/);
});

test('a MAC is HMAC-SHA-256 (RFC 4231, test case 2)', () => {
  const mac = macOf(Buffer.from('Jefe'), 'what do ya want for nothing?');
  expect(mac.toString('hex')).toBe(
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
});

test('MACs are equal only when key and secret are', () => {
  expect(sameMac(macOf(KEY, 'a'), macOf(KEY, 'a'))).toBe(true);
  expect(sameMac(macOf(KEY, 'a'), macOf(KEY, 'b'))).toBe(false);
  expect(sameMac(macOf(KEY, 'a'), Buffer.alloc(5))).toBe(false);
});

test('an API key carries its id and is stored as its hash', () => {
  const { id, key, hash } = newApiKey();
  expect(key).toMatch(new RegExp(`^bb_${id}_[A-Za-z0-9_-]{32}$`));
  expect(hash).toStrictEqual(hashKey(key));
  expect(hash).toHaveLength(32);
});

test('a sealed secret opens for its owner and key alone, and only unchanged', () => {
  const secret = Buffer.from('webhook secret');
  const sealed = seal(secret, { key: KEY, owner: 'issuer-1' });
  expect(unseal(sealed, { key: KEY, owner: 'issuer-1' })).toStrictEqual(secret);
  expect(seal(secret, { key: KEY, owner: 'issuer-1' })).not.toStrictEqual(sealed);
  const changed = Buffer.from(sealed);
  changed.writeUInt8(changed.readUInt8(30) ^ 1, 30);
  const refused = expect.objectContaining({ code: 'secret-unreadable' }) as Error;
  expect(() => unseal(changed, { key: KEY, owner: 'issuer-1' })).toThrow(refused);
  expect(() => unseal(sealed, { key: KEY, owner: 'issuer-2' })).toThrow(refused);
  expect(() => unseal(sealed, { key: Buffer.alloc(32), owner: 'issuer-1' })).toThrow(refused);
  expect(() => unseal(Buffer.alloc(3), { key: KEY, owner: 'issuer-1' })).toThrow(refused);
});

test('message ids are unique and at most 36 characters long', () => {
  const ids = createIds();
  const made = Array.from({ length: 1000 }, () => ids.messageId());
  expect(new Set(made).size).toBe(1000);
  for (const id of made) expect(id.length).toBeLessThanOrEqual(36);
});
