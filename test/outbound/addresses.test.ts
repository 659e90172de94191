import { describe, expect, test } from 'vitest';
import { isListed, isPublic, parseRanges } from '../../src/outbound/addresses.js';

describe('public addresses', () => {
  test.each(['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00::1'])(
    '%s is one',
    (address) => expect(isPublic(address)).toBe(true),
  );

  test.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.251',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::ffff:a9fe:a9fe',
    '64:ff9b::10.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::a00:1',
    '2002:7f00:1::',
    '2002:c0a8:101::1',
    '2001::1',
    '2001:db8::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    '2606:4700::1111%eth0',
    'ff02::1',
    'nonsense',
    '',
  ])('%s is none', (address) => expect(isPublic(address)).toBe(false));

  test('inside another form a public IPv4 address is still public', () => {
    expect(isPublic('::ffff:8.8.8.8')).toBe(true);
    expect(isPublic('64:ff9b::808:808')).toBe(true);
    expect(isPublic('2002:808:808::1')).toBe(true);
  });
});

describe('ranges', () => {
  test('open what they name, in whichever form the address is written', () => {
    const list = parseRanges('192.168.7.0/24, fd00::/8');
    if (list === undefined) throw new Error('the ranges are well-formed');
    expect(isListed(list, '192.168.7.9')).toBe(true);
    expect(isListed(list, '::ffff:192.168.7.9')).toBe(true);
    expect(isListed(list, '192.168.8.9')).toBe(false);
    expect(isListed(list, 'fd12::1')).toBe(true);
    expect(isListed(list, 'fe80::1')).toBe(false);
  });

  test.each(['10.0.0.1', '10.0.0.0/33', '::/129', 'a/8', '10.0.0.0/8/8', 'fe80::1%lo/64', '/8'])(
    '%s is refused',
    (text) => expect(parseRanges(text)).toBeUndefined(),
  );

  test('none are none', () => {
    const list = parseRanges('');
    if (list === undefined) throw new Error('an empty list is a list');
    expect(isListed(list, '127.0.0.1')).toBe(false);
  });
});
