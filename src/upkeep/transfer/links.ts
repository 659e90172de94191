/** Addresses that one station is given for one file: unguessable, and only for a while. */
import { createHash, randomBytes } from 'node:crypto';
import type { TransferLink } from '../../store/upkeep/ports.js';
import type { UpkeepDeps } from '../ports.js';

const TOKEN_BYTES = 32;
export const LINK_PATTERN = '^[A-Za-z0-9_-]{43}$';

type LinkDeps = Pick<UpkeepDeps, 'store' | 'publicUrl' | 'realNowMs'>;

/** The address; only the hash of its secret part is stored, so that a copy of the rows opens nothing. */
export async function createLink(
  { store, publicUrl }: LinkDeps,
  link: TransferLink,
): Promise<string> {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  await store.upkeep.transferLinks.create(hashOf(token), link);
  return `${publicUrl()}/transfer/${token}`;
}

/** Undefined: unknown, expired, or meant for the other direction. */
export async function findLink(
  { store, realNowMs }: LinkDeps,
  token: string,
  kind: TransferLink['kind'],
): Promise<TransferLink | undefined> {
  const link = await store.upkeep.transferLinks.find(hashOf(token));
  return link?.kind === kind && link.expiresAtMs > realNowMs() ? link : undefined;
}

function hashOf(token: string): Buffer {
  return createHash('sha256').update(token, 'utf8').digest();
}
