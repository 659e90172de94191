/**
 * An operator's command may hold secrets: its inbox row shows them masked and keeps the whole sealed,
 * because after a crash the row is all that is left of it.
 */
import { seal, unseal } from '../platform/seal.js';
import type { SiteEvent } from '../control/state.js';
import { maskSecrets } from '../ocpp/mask-secrets.js';
import { fromJson, toJson } from './json.js';

type OperatorCommand = Extract<SiteEvent, { type: 'operator.command' }>;

/** As the row has it. */
type StoredEvent = SiteEvent & { readonly sealed?: string };

export interface EventSeal {
  readonly key: Buffer;
}

export function toStoredEvent(event: SiteEvent, { key }: EventSeal): StoredEvent {
  if (event.type !== 'operator.command') return event;
  const whole = toJson(event.command);
  const command = maskSecrets(event.command);
  if (toJson(command) === whole) return event;
  const sealed = seal(Buffer.from(whole, 'utf8'), { key, owner: event.commandId });
  return { ...event, command, sealed: sealed.toString('base64') };
}

export function fromStoredEvent(stored: StoredEvent, { key }: EventSeal): SiteEvent {
  const { sealed, ...event } = stored;
  if (sealed === undefined || event.type !== 'operator.command') return event as SiteEvent;
  const owner = event.commandId;
  const whole = unseal(Buffer.from(sealed, 'base64'), { key, owner }).toString('utf8');
  return { ...event, command: fromJson<OperatorCommand['command']>(JSON.parse(whole)) };
}
