import type { Authorization } from '../sessions/token.js';
import type { ShownToken } from './messages.js';

/** What an event keeps of a token and of the answer about it. */
export function shownToken(idToken: string, { status, groupId }: Authorization): ShownToken {
  return { idToken, status, ...(groupId === undefined ? {} : { groupId }) };
}
