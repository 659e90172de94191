/** The first person of an installation: added at start, and told the link to choose a password. */
import { randomUUID } from 'node:crypto';
import type { Store } from '../../store/ports.js';
import { invite } from './invitation.js';

/** The link's path; undefined when the tenant has people already: only they add others. */
export async function inviteFirstOwner(
  store: Store,
  owner: { readonly tenantId: string; readonly email: string; readonly realNowMs: number },
): Promise<string | undefined> {
  const { tenantId, email, realNowMs } = owner;
  if (await store.users.any(tenantId)) return undefined;
  const id = randomUUID();
  const user = { id, tenantId, email: email.toLowerCase(), name: email, role: 'owner' } as const;
  await store.users.create({ ...user, createdAtMs: realNowMs }, 'system');
  const { path } = await invite(store, { userId: id, realNowMs }, 'system');
  return path;
}
