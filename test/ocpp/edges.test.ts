import { describe, expect, test } from 'vitest';

import { addressKey } from '../../src/platform/address-key.js';
import { createTokenBuckets } from '../../src/platform/token-buckets.js';
import { anyMacMatches, basicCredentials } from '../../src/ocpp/basic-auth.js';
import { refusalFrame, wireCode } from '../../src/ocpp/call-error.js';
import { cleanFrame, readFrame } from '../../src/ocpp/frames.js';
import { nestsDeeperThan } from '../../src/ocpp/nesting.js';
import { formatInstant, parseInstant } from '../../src/ocpp/instants.js';
import type { OcppVersion } from '../../src/ocpp/messages.js';
import { stationIdentity } from '../../src/ocpp/station-url.js';
import { negotiateVersion } from '../../src/ocpp/subprotocol.js';

test.each<[string, string | undefined]>([
  ['/ocpp/CP1', 'CP1'],
  ['/ocpp/CP%201', 'CP 1'],
  ['/ocpp/%C3%A9', 'é'],
  ['/ocpp/a%2Fb', 'a/b'],
  [`/ocpp/${'x'.repeat(48)}`, 'x'.repeat(48)],
  [`/ocpp/${'x'.repeat(49)}`, undefined],
  ['/ocpp/', undefined],
  ['/ocpp', undefined],
  ['/ocpp/CP1/', 'CP1'],
  ['/ocpp//CP1', 'CP1'],
  ['/ocpp/CP1//', undefined],
  ['/ocpp///CP1', undefined],
  ['/ocpp/CP1#x', undefined],
  ['/ocpp/CP\\1', undefined],
  ['/ocpp/%E0%A4%A', undefined],
  ['/ocpp/%00', undefined],
  ['/ocpp/%E2%80%AE', undefined],
  ['/ocpp/a:b', undefined],
  ['http://other/ocpp/CP1', undefined],
])('the identity in %s is %s', (url, identity) => {
  expect(stationIdentity(url)).toBe(identity);
});

test.each<[string | undefined, string | undefined]>([
  ['ocpp1.6', 'ocpp1.6'],
  ['ocpp2.0.1, ocpp2.1', 'ocpp2.0.1'],
  ['ocpp1.5,ocpp1.6', 'ocpp1.6'],
  ['ocpp1.6,,', undefined],
  ['ocpp1.6 x', undefined],
  ['', undefined],
  [undefined, undefined],
])('of the subprotocols %j, %s is spoken', (header, version) => {
  expect(negotiateVersion(header)).toBe(version);
});

describe('timestamps', () => {
  test.each<[string, string | undefined]>([
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01 12:00:00', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T13:30:00+01:30', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T13:00:00.1234567+0100', '2026-03-01T12:00:00.123Z'],
    ['2026-03-01T12:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01t12:00:00z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00,5Z', '2026-03-01T12:00:00.500Z'],
    ['2026-03-01T14:00:00+02', '2026-03-01T12:00:00.000Z'],
    ['2026/03/01 12:00:00', '2026-03-01T12:00:00.000Z'],
    ['20260301T120000Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00 UTC', '2026-03-01T12:00:00.000Z'],
    ['1772366400', '2026-03-01T12:00:00.000Z'],
    ['1772366400123', '2026-03-01T12:00:00.123Z'],
    ['177236640', undefined],
    ['2026-13-01T12:00:00Z', undefined],
    ['yesterday', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    const atMs = parseInstant(text);
    expect(atMs === undefined ? undefined : formatInstant(atMs)).toBe(expected);
  });
});

describe('credentials', () => {
  const header = (text: string) => `Basic ${Buffer.from(text, 'latin1').toString('base64')}`;
  test('a password may hold colons, and its bytes are also offered as hex', () => {
    expect(basicCredentials(header('CP1:a:b'))).toEqual({
      username: 'CP1',
      passwords: ['a:b', '613a62', '613A62', 'a:b', 'a:b'],
    });
  });
  test.each([undefined, '', 'Basic', 'Bearer abc', 'Basic !!', header('nocolon')])(
    '%s has none',
    (text) => {
      expect(basicCredentials(text)).toEqual({ username: '', passwords: ['', '', '', '', ''] });
    },
  );
  test('MACs of another length never match', () => {
    expect(anyMacMatches([Buffer.alloc(31)], Buffer.alloc(32))).toBe(false);
    expect(anyMacMatches([Buffer.alloc(32, 1), Buffer.alloc(32)], Buffer.alloc(32))).toBe(true);
  });
});

describe('failed attempts', () => {
  test('a bucket empties and refills by real time', () => {
    let nowMs = 0;
    const limiter = createTokenBuckets({ burst: 2, refillMs: 1000, monotonicMs: () => nowMs });
    limiter.take('a');
    expect(limiter.has('a')).toBe(true);
    limiter.take('a');
    expect(limiter.has('a')).toBe(false);
    expect(limiter.has('b')).toBe(true);
    nowMs = 999;
    expect(limiter.has('a')).toBe(false);
    nowMs = 1001;
    expect(limiter.has('a')).toBe(true);
    limiter.take('a');
    limiter.give('a');
    limiter.give('b');
    expect(limiter.has('a')).toBe(true);
  });
  test.each<[string | undefined, string]>([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['::1', ':0:0:0'],
    [undefined, 'unknown'],
  ])('%s shares the bucket %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

describe('frames', () => {
  const broken = (flaw: string, messageId?: string, wantsAnswer = true) => ({
    kind: 'broken',
    broken: { flaw, wantsAnswer, ...(messageId === undefined ? {} : { messageId }) },
  });
  test.each<[string, OcppVersion, object]>([
    ['[2,"id","Heartbeat",{}]', 'ocpp1.6', { kind: 'call' }],
    ['[2,"id","Heartbeat",{},"more"]', 'ocpp1.6', { kind: 'call' }],
    [' [ 3 ,"id",{"a":1}]', 'ocpp1.6', { answer: { messageId: 'id', payload: { a: 1 } } }],
    [
      '[4,"id","GenericError","text",{}]',
      'ocpp2.0.1',
      { answer: { messageId: 'id', errorCode: 'GenericError', description: 'text' } },
    ],
    ['[4,"id"]', 'ocpp1.6', { answer: { errorCode: 'GenericError', description: '' } }],
    ['[6,"id","X",{}]', 'ocpp2.1', { kind: 'send', request: { action: 'X' } }],
    ['[5,"id","c","d",{"e":1}]', 'ocpp2.1', { refused: { errorCode: 'c', details: { e: 1 } } }],
    ['[6,"id","X",{}]', 'ocpp2.0.1', broken('unknown-type', 'id')],
    ['[5,"id","c"]', 'ocpp1.6', broken('unknown-type', 'id')],
    ['[2.5,"id"]', 'ocpp2.1', broken('unknown-type', 'id')],
    ['[7,8]', 'ocpp2.1', broken('unknown-type')],
    ['["2","id"]', 'ocpp1.6', broken('unreadable')],
    ['{"a":1}', 'ocpp1.6', broken('unreadable')],
    ['', 'ocpp1.6', broken('unreadable')],
    ['[3,"id",', 'ocpp1.6', broken('unreadable')],
    ['[3,7,{}]', 'ocpp1.6', broken('no-message-id', undefined, false)],
    ['[2,7,"Heartbeat",{}]', 'ocpp1.6', broken('no-message-id')],
    [`[2,"${'x'.repeat(256)}","Heartbeat",{}]`, 'ocpp1.6', broken('no-message-id')],
    ['[2,"id",7,{}]', 'ocpp1.6', broken('no-action', 'id')],
    ['[2,"id","Heartbeat"]', 'ocpp1.6', broken('no-payload', 'id')],
    ['[6,"id",7,{}]', 'ocpp2.1', broken('no-action', 'id', false)],
  ])('%s in %s', (text, version, frame) => {
    expect(readFrame(text, version)).toMatchObject(frame);
  });
  test.each<[string, OcppVersion, unknown]>([
    ['nonsense', 'ocpp1.6', undefined],
    ['nonsense', 'ocpp2.0.1', ['-1', 'RpcFrameworkError']],
    ['[9,"id"]', 'ocpp1.6', undefined],
    ['[9,"id"]', 'ocpp2.0.1', ['id', 'MessageTypeNotSupported']],
    ['[9]', 'ocpp2.1', ['-1', 'MessageTypeNotSupported']],
    ['[2,7,"X",{}]', 'ocpp1.6', undefined],
    ['[2,7,"X",{}]', 'ocpp2.1', ['-1', 'RpcFrameworkError']],
    ['[2,"id",7,{}]', 'ocpp1.6', ['id', 'FormationViolation']],
    ['[2,"id",7,{}]', 'ocpp2.1', ['id', 'RpcFrameworkError']],
    ['[2,"id","X"]', 'ocpp1.6', ['id', 'ProtocolError']],
    ['[2,"id","X"]', 'ocpp2.0.1', ['id', 'ProtocolError']],
    ['[3,7]', 'ocpp2.1', undefined],
    ['[6,"id"]', 'ocpp2.1', undefined],
  ])('%s in %s is refused with %j', (text, version, expected) => {
    const frame = readFrame(text, version);
    const refusal = frame.kind === 'broken' ? refusalFrame(frame.broken, version) : 'whole';
    const [type, id, code] = refusal === undefined ? [] : (JSON.parse(refusal) as unknown[]);
    expect(type === undefined ? undefined : [id, code]).toEqual(expected);
  });
  test('1.6 has a spelling of its own for two codes', () => {
    expect(wireCode('OccurrenceConstraintViolation', 'ocpp1.6')).toBe(
      'OccurenceConstraintViolation',
    );
    expect(wireCode('FormatViolation', 'ocpp1.6')).toBe('FormationViolation');
    expect(wireCode('OccurrenceConstraintViolation', 'ocpp2.1')).toBe(
      'OccurrenceConstraintViolation',
    );
  });
  test.each([
    ['"a\\u0000b"', 'a b'],
    ['"a\\nb\\tc"', 'a b c'],
    ['"a\\\\u0000"', 'a\\u0000'],
    ['"a\\\\\\u0000"', 'a\\ '],
    ['"\\ud83d\\ude00"', '😀'],
    ['"\\ud83d"', '\ufffd'],
    ['"\\ude00\\ud83d"', '\ufffd\ufffd'],
    ['"\\u007f"', ' '],
    ['"quote \\" and \\/"', 'quote " and /'],
    ['"a\tb\x1bc"\0', 'a b c'],
  ])('%s is read as %j', (text, value) => {
    expect(JSON.parse(cleanFrame(text))).toBe(value);
  });
});

describe('nesting', () => {
  const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
  test.each([
    [nested(32), false],
    [nested(33), true],
    ['['.repeat(40), true],
    [`[${'{"a":[1]},'.repeat(1000)}1]`, false],
    [`["${'['.repeat(100)}\\"${'{'.repeat(100)}"]`, false],
    ['{"a":"\\\\","b":[[1]]}', false],
  ])('%s', (text, isDeeper) => {
    expect(nestsDeeperThan(text, 32)).toBe(isDeeper);
  });
});
