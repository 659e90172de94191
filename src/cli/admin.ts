/** `busbar admin create`: the first owner, who gets a link to choose a password. */
import type { Api } from './api-client.js';
import { CommandFailure, type Output } from './output.js';

interface Created {
  readonly user: { readonly email: string };
  readonly invitation?: { readonly link: string; readonly expiresAt: string };
}

export async function createOwner(
  api: Api,
  output: Output,
  ask: { readonly email: string; readonly name: string },
): Promise<void> {
  const created = (await api.post('/v1/users', { ...ask, role: 'owner' })) as Created;
  const { invitation } = created;
  if (invitation === undefined) throw new CommandFailure('the service gave no invitation');
  const link = new URL(invitation.link, api.url).href;
  output.progress(`the link works once, until ${invitation.expiresAt}`);
  output.result({ ...created, link }, () => `${created.user.email}\n${link}`);
}
