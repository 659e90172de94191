/** Which addresses belong to the public internet (IANA special-purpose registries). */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Everything in the IPv4 registry that is not globally reachable, and multicast. */
const SPECIAL_V4: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Within 2000::/3, which alone is handed out as global unicast. */
const SPECIAL_V6: readonly (readonly [string, number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

const specialV4 = listOf('ipv4', SPECIAL_V4);
const specialV6 = listOf('ipv6', SPECIAL_V6);
const unicastV6 = listOf('ipv6', [['2000::', 3]]);

/** IPv6 forms that carry an IPv4 address, and the first of the two groups that hold it. */
const EMBEDDED: readonly { readonly list: BlockList; readonly group: number }[] = [
  { list: listOf('ipv6', [['::ffff:0:0', 96]]), group: 6 },
  { list: listOf('ipv6', [['64:ff9b::', 96]]), group: 6 },
  { list: listOf('ipv6', [['2002::', 16]]), group: 1 },
];

/** A list of CIDR ranges, compiled; undefined when one of them is none. */
export function parseRanges(text: string): BlockList | undefined {
  const list = new BlockList();
  for (const range of text.split(/[\s,]+/).filter((it) => it !== '')) {
    const [address = '', bits = '', ...rest] = range.split('/');
    const widthMax = isIPv4(address) ? 32 : isIPv6(address) ? 128 : 0;
    if (rest.length > 0 || widthMax === 0 || address.includes('%')) return undefined;
    if (!/^\d{1,3}$/.test(bits) || Number(bits) > widthMax) return undefined;
    list.addSubnet(address, Number(bits), widthMax === 32 ? 'ipv4' : 'ipv6');
  }
  return list;
}

/** Of a list that has been checked; throws for any other. */
export function allowedRanges(text: string): BlockList {
  const list = parseRanges(text);
  if (list === undefined) throw new RangeError(`${text} is no list of CIDR ranges`);
  return list;
}

/** True for an address of the public internet; an IPv4 address inside an IPv6 one counts itself. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !specialV4.check(address, 'ipv4');
  if (!isIPv6(address) || address.includes('%')) return false;
  const inner = embeddedV4(address);
  if (inner !== undefined) return isPublic(inner);
  return unicastV6.check(address, 'ipv6') && !specialV6.check(address, 'ipv6');
}

/** True when the list has this address, also where it is written as an IPv4-mapped one. */
export function isListed(list: BlockList, address: string): boolean {
  if (isIPv4(address)) return list.check(address, 'ipv4');
  if (!isIPv6(address) || address.includes('%')) return false;
  const inner = embeddedV4(address);
  return inner === undefined ? list.check(address, 'ipv6') : list.check(inner, 'ipv4');
}

function embeddedV4(address: string): string | undefined {
  const form = EMBEDDED.find(({ list }) => list.check(address, 'ipv6'));
  if (form === undefined) return undefined;
  const groups = groupsOf(address);
  const [high = 0, low = 0] = groups.slice(form.group, form.group + 2);
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address. */
function groupsOf(address: string): readonly number[] {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const [a = 0, b = 0, c = 0, d = 0] = dotted?.slice(1).map(Number) ?? [];
  const tail = `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  const plain = dotted === null ? address : address.replace(dotted[0], tail);
  const [head = '', rest] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = rest === undefined || rest === '' ? [] : rest.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}

function listOf(
  family: 'ipv4' | 'ipv6',
  ranges: readonly (readonly [string, number])[],
): BlockList {
  const list = new BlockList();
  for (const [address, bits] of ranges) list.addSubnet(address, bits, family);
  return list;
}
