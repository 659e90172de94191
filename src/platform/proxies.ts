/** Reverse proxies of ours, and who called them. */
import { BlockList, isIP, isIPv6 } from 'node:net';

/** Addresses and networks, separated by commas; undefined when one of them is none. */
export function parseProxies(text: string): BlockList | undefined {
  const list = new BlockList();
  for (const part of text.split(',')) {
    const [address = '', bits, ...rest] = part.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    const widthMax = family === 'ipv6' ? 128 : 32;
    if (isIP(address) === 0 || address.includes('%') || rest.length > 0) return undefined;
    if (bits === undefined) list.addAddress(address, family);
    else if (/^\d{1,3}$/.test(bits) && Number(bits) <= widthMax) {
      list.addSubnet(address, Number(bits), family);
    } else return undefined;
  }
  return list;
}

/**
 * Whose call it is: of a peer that is a proxy of ours, the last in X-Forwarded-For that is none. What
 * anybody else writes there counts for nothing.
 */
export function callerAddress(
  peerAddress: string | undefined,
  forwardedFor: string | readonly string[] | undefined,
  proxies: BlockList | undefined,
): string | undefined {
  if (proxies === undefined || peerAddress === undefined) return peerAddress;
  const hops = [forwardedFor ?? []].flat().join(',').split(',');
  let caller = peerAddress;
  while (isProxy(caller, proxies)) {
    const hop = addressOf(hops.pop() ?? '');
    if (hop === undefined) break;
    caller = hop;
  }
  return caller;
}

export function isProxy(address: string, proxies: BlockList): boolean {
  const [plain = ''] = address.split('%');
  return proxies.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}

/** Some proxies write the port as well. */
function addressOf(hop: string): string | undefined {
  const plain = hop.trim().replace(/^\[(.*)\](?::\d+)?$|^(\d+(?:\.\d+){3}):\d+$/, '$1$2');
  return isIP(plain) === 0 ? undefined : plain;
}
