import { randomUUID } from 'node:crypto';
import type { Ids } from './ports.js';

/** Message ids: UUIDs, 36 characters, the most that OCPP allows. */
export function createIds(): Ids {
  return { messageId: () => randomUUID() };
}
