import type { OcppVersion } from './messages.js';

const SPOKEN: ReadonlySet<string> = new Set<OcppVersion>(['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1']);
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/**
 * The version to speak: the first of the client's list that we know. Undefined when there is none or
 * the header is malformed, which includes a protocol named twice (RFC 6455 §11.3.4).
 */
export function negotiateVersion(header: string | undefined): OcppVersion | undefined {
  if (header === undefined) return undefined;
  const offered = namesIn(header);
  if (offered.some((name) => !TOKEN.test(name))) return undefined;
  if (new Set(offered).size !== offered.length) return undefined;
  return offered.find((name): name is OcppVersion => SPOKEN.has(name));
}

/** True when a well-formed header names this version, in whatever place. */
export function isOffered(version: OcppVersion, header: string | undefined): boolean {
  return header !== undefined && namesIn(header).includes(version);
}

function namesIn(header: string): readonly string[] {
  return header.split(',').map((part) => part.trim());
}
