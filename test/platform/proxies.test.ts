import { describe, expect, test } from 'vitest';
import { callerAddress, parseProxies } from '../../src/platform/proxies.js';

test.each([
  '',
  'x',
  '10.0.0.0/33',
  '10.0.0.0/8/8',
  '10.0.0',
  'fd00::/129',
  '10.0.0.1,',
  '::1%eth0/64',
])('%j names no proxies', (text) => {
  expect(parseProxies(text)).toBeUndefined();
});

describe('the caller', () => {
  const proxies = parseProxies('10.0.0.0/8,192.0.2.7,fd00::/8');
  test.each<[string | undefined, string | readonly string[] | undefined, string | undefined]>([
    ['203.0.113.5', undefined, '203.0.113.5'],
    ['203.0.113.5', '198.51.100.1', '203.0.113.5'],
    ['10.0.0.1', undefined, '10.0.0.1'],
    ['10.0.0.1', '203.0.113.5', '203.0.113.5'],
    ['::ffff:10.0.0.1', '203.0.113.5', '203.0.113.5'],
    ['fd00::1%eth0', '203.0.113.5', '203.0.113.5'],
    ['fd00::1', '2001:db8::9', '2001:db8::9'],
    ['10.0.0.1', '1.1.1.1, 203.0.113.5, 192.0.2.7', '203.0.113.5'],
    ['10.0.0.1', ['1.1.1.1', '203.0.113.5'], '203.0.113.5'],
    ['10.0.0.1', '203.0.113.5:4711', '203.0.113.5'],
    ['10.0.0.1', '[2001:db8::9]:4711', '2001:db8::9'],
    ['10.0.0.1', '203.0.113.5, unknown', '10.0.0.1'],
    ['10.0.0.1', '<script>', '10.0.0.1'],
    [undefined, '203.0.113.5', undefined],
  ])('of a peer at %s that forwards for %j is %s', (peer, forwardedFor, caller) => {
    expect(callerAddress(peer, forwardedFor, proxies)).toBe(caller);
  });

  test('is the peer where no proxy is trusted', () => {
    expect(callerAddress('10.0.0.1', '203.0.113.5', undefined)).toBe('10.0.0.1');
  });
});
