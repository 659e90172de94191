import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  newWebhookSecret,
  signWebhook,
  verifyWebhook,
  webhookSecretOf,
  webhookSecretText,
} from '../../src/signals/webhook.js';

interface Vector {
  readonly case: string;
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly now: number;
  readonly expect: string;
}

const SHARED = process.env['BUSBAR_SHARED'] ?? '../shared';
const FILE = join(SHARED, 'protocols/webhook/signature-vectors.json');
const VERDICTS: Readonly<Record<string, string>> = {
  accept: 'valid',
  'reject signature': 'forged',
  'reject stale': 'stale',
};

const secret = Buffer.from('a secret of thirty-two bytes, ok');
const body = Buffer.from('{"type":"import-limit"}');
const NOW_SEC = 1_768_471_200;
const signed = (id: string, sec: number) => ({
  id,
  timestamp: String(sec),
  signature: signWebhook(id, String(sec), body, secret),
});

function sharedVectors(): readonly Vector[] {
  if (existsSync(FILE)) return JSON.parse(readFileSync(FILE, 'utf8')).vectors;
  console.log(`${FILE} is absent: signatures are checked with the project's own cases only`);
  return [];
}

describe('verifyWebhook', () => {
  const vectors = sharedVectors();
  test.runIf(vectors.length > 0).each(vectors)('decides the shared vector: $case', (vector) => {
    const key = webhookSecretOf(vector.secret);
    if (key === undefined) throw new Error('the vector has no secret');
    const headers = {
      id: vector.headers['webhook-id'],
      timestamp: vector.headers['webhook-timestamp'],
      signature: vector.headers['webhook-signature'],
    };
    const verdict = verifyWebhook(headers, Buffer.from(vector.body), key, vector.now);
    expect(verdict).toBe(VERDICTS[vector.expect]);
  });

  test('agrees with an HMAC computed elsewhere', () => {
    const known = Buffer.from(Array.from({ length: 32 }, (_, n) => n));
    expect(signWebhook('msg_1', '1768471200', Buffer.from('hello'), known)).toBe(
      'v1,z3QzH3cwyxmdcuaHbsifs7IiJm5bSr6n05S328jjEdU=',
    );
  });

  test('takes a signature up to 300 s old or early, and no more', () => {
    const headers = signed('m', NOW_SEC);
    expect(verifyWebhook(headers, body, secret, NOW_SEC + 300)).toBe('valid');
    expect(verifyWebhook(headers, body, secret, NOW_SEC - 300)).toBe('valid');
    expect(verifyWebhook(headers, body, secret, NOW_SEC + 301)).toBe('stale');
    expect(verifyWebhook(headers, body, secret, NOW_SEC - 301)).toBe('stale');
  });

  test('takes one good signature among several of a rotation', () => {
    const good = signed('m', NOW_SEC);
    const signature = `v1,${Buffer.alloc(32).toString('base64')} ${good.signature}`;
    expect(verifyWebhook({ ...good, signature }, body, secret, NOW_SEC)).toBe('valid');
  });

  test('refuses another secret, another body, another id and another time', () => {
    const headers = signed('m', NOW_SEC);
    const verdict = (change: object, bytes = body, key = secret) =>
      verifyWebhook({ ...headers, ...change }, bytes, key, NOW_SEC);
    expect(verdict({}, body, Buffer.alloc(32))).toBe('forged');
    expect(verdict({}, Buffer.from('{"type":"import-limit" }'))).toBe('forged');
    expect(verdict({ id: 'n' })).toBe('forged');
    expect(verdict({ timestamp: String(NOW_SEC + 1) })).toBe('forged');
    expect(verdict({ signature: headers.signature.replace('v1', 'v2') })).toBe('forged');
    expect(verdict({ signature: headers.signature.slice(0, -8) })).toBe('forged');
    expect(verdict({ signature: '' })).toBe('forged');
  });

  test('calls absent or ill-formed headers malformed', () => {
    const headers = signed('m', NOW_SEC);
    for (const change of [
      { id: undefined },
      { id: '' },
      { id: 'a.b' },
      { timestamp: undefined },
      { timestamp: '1e9' },
      { timestamp: '-5' },
      { signature: undefined },
    ]) {
      expect(verifyWebhook({ ...headers, ...change }, body, secret, NOW_SEC)).toBe('malformed');
    }
  });

  test('shows a secret as whsec_ and base64, and reads it back', () => {
    const fresh = newWebhookSecret();
    expect(fresh).toHaveLength(32);
    expect(webhookSecretText(fresh)).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(webhookSecretOf(webhookSecretText(fresh))).toEqual(fresh);
    expect(webhookSecretOf('whsec_not base64')).toBeUndefined();
    expect(webhookSecretOf(fresh.toString('base64'))).toBeUndefined();
  });
});
