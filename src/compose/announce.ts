/** The service is open: a launcher is told over IPC, a person on standard output. */
import { inviteFirstOwner } from '../api/auth/first-owner.js';
import { type Config, isLoopbackHost } from '../platform/config.js';
import { newApiKey } from '../platform/credentials.js';
import type { Clock, Log } from '../platform/ports.js';
import type { Store } from '../store/ports.js';
import { TENANT } from './tenant.js';

/** What a launcher is told over IPC; never printed. */
interface ReadyMessage {
  readonly type: 'ready';
  readonly port: number;
  readonly ocppPort: number;
  readonly apiKey: string;
  readonly enterPath: string;
}

export interface Opened {
  readonly port: number;
  readonly ocppPort: number;
  /** Signs in whoever presents it, once. */
  readonly enterCode: string;
}

export interface AnnounceDeps {
  readonly clock: Clock;
  readonly config: Config;
  readonly log: Log;
  readonly store: Store;
}

/** A launcher gets a key of its own; a person sees the first key once. */
export async function announce(deps: AnnounceDeps, opened: Opened): Promise<void> {
  const { port, ocppPort, enterCode } = opened;
  const enterPath = `/enter?code=${enterCode}`;
  deps.log.info({ port, ocppPort }, 'ready');
  if (process.send === undefined) return tellPerson(deps, { ...opened, enterPath });
  const apiKey = await createKey(deps, 'launcher');
  const ready: ReadyMessage = { type: 'ready', port, ocppPort, apiKey, enterPath };
  process.send(ready);
}

async function tellPerson(
  deps: AnnounceDeps,
  { port, ocppPort, enterPath }: Opened & { readonly enterPath: string },
): Promise<void> {
  const { config, store } = deps;
  // A link that signs in whoever reads it is for the machine itself only.
  const path = isLoopbackHost(config.host) ? enterPath : '';
  const isFirst = !(await store.keys.any(TENANT));
  process.stdout.write(`dashboard  http://localhost:${port}${path}\n`);
  process.stdout.write(`ocpp       ws://localhost:${ocppPort}/ocpp/{stationId}\n`);
  if (isFirst) {
    process.stdout.write(`API key    ${await createKey(deps, 'first key')}  (shown once)\n`);
  }
  await announceOwner(store, config, port);
}

/** With --owner-email, and while there is nobody: the link by which the first owner comes in. */
async function announceOwner(store: Store, config: Config, port: number): Promise<void> {
  const { ownerEmail: email } = config;
  if (email === undefined) return;
  const path = await inviteFirstOwner(store, { tenantId: TENANT, email, realNowMs: Date.now() });
  const origin = config.publicUrl ?? `http://localhost:${port}`;
  if (path !== undefined) process.stdout.write(`first owner ${origin}${path}  (works once)\n`);
}

async function createKey({ clock, store }: AnnounceDeps, name: string): Promise<string> {
  const { id, key, hash } = newApiKey();
  const made = { name, scopes: ['read', 'write', 'admin'] };
  await store.audit.append({
    tenantId: TENANT,
    actor: 'system',
    action: 'api-key.created',
    target: `api-key:${id}`,
    after: made,
    atMs: clock.nowMs(),
  });
  await store.keys.create({ id, tenantId: TENANT, hash, ...made }, 'system');
  return key;
}
