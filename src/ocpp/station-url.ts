/** Characters that OCPP forbids in an identity, or that would confuse logs and pages. */
const FORBIDDEN = /[:\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;
/** Stations that put the identity behind a URL that ends in `/`, or that end their own in one. */
const PATH = /^\/ocpp\/{1,2}([A-Za-z0-9\-._~!$&'()*+,;=@%]+)\/?(?:\?[\x21-\x7e]*)?$/;
const IDENTITY_LENGTH_MAX = 48;

/** The path in which an identity is found again, whatever its characters. */
export function stationPath(identity: string): string {
  return `/ocpp/${encodeURIComponent(identity)}`;
}

/**
 * The identity in the path `/ocpp/{stationId}` of an upgrade request, percent-decoded; undefined for
 * any other or malformed path. Must run before ocpp-rpc sees the request: its own decoding of
 * `/%E0%A4%A` throws where nobody catches (OCPP-J 2.0.1 part 4 §3.1: at most 48 characters, no colon).
 */
export function stationIdentity(url: string): string | undefined {
  const segment = PATH.exec(url)?.[1];
  if (segment === undefined) return undefined;
  const identity = decode(segment);
  if (identity === undefined || identity === '.' || identity === '..') return undefined;
  if ([...identity].length > IDENTITY_LENGTH_MAX || FORBIDDEN.test(identity)) return undefined;
  return identity;
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
