/** A link by which a person chooses a password: works once, for a few days, needs no mail. */
import { randomBytes } from 'node:crypto';
import type { Store } from '../../store/ports.js';
import { tokenDigest } from './browser-sessions.js';

const INVITATION_MS = 72 * 3_600_000;

export interface InvitationLink {
  /** Path of the dashboard. The code is in the fragment, which no server and no log ever sees. */
  readonly path: string;
  readonly expiresAtMs: number;
}

export async function invite(
  store: Store,
  ask: { readonly userId: string; readonly realNowMs: number },
  actor: string,
): Promise<InvitationLink> {
  const code = randomBytes(24).toString('base64url');
  const expiresAtMs = ask.realNowMs + INVITATION_MS;
  await store.users.invite({ userId: ask.userId, hash: tokenDigest(code), expiresAtMs }, actor);
  return { path: `/#invitation=${code}`, expiresAtMs };
}
