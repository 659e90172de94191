/** An authorisation in the words of 1.6. */
import type { Authorization, AuthorizationStatus } from '../../sessions/token.js';
import { formatInstant } from '../instants.js';

type Status16 = 'Accepted' | 'Blocked' | 'Expired' | 'Invalid' | 'ConcurrentTx';

/** parentIdTag is a CiString20. */
const PARENT_LENGTH_MAX = 20;

/** 1.6 has five words; what is known but may not charge here is Blocked. */
const WORDS: Readonly<Record<AuthorizationStatus, Status16>> = {
  Accepted: 'Accepted',
  Blocked: 'Blocked',
  Expired: 'Expired',
  Invalid: 'Invalid',
  ConcurrentTx: 'ConcurrentTx',
  NoCredit: 'Blocked',
  NotAllowedTypeEVSE: 'Blocked',
  NotAtThisLocation: 'Blocked',
  NotAtThisTime: 'Blocked',
  Unknown: 'Invalid',
};

export interface IdTagInfo {
  readonly status: Status16;
  readonly expiryDate?: string;
  readonly parentIdTag?: string;
}

/** 1.6 §7.27. A group whose name is too long for 1.6 is left out: half a name is another group. */
export function idTagInfo({ status, groupId, expiresAtMs }: Authorization): IdTagInfo {
  return {
    status: WORDS[status],
    ...(expiresAtMs === undefined ? {} : { expiryDate: formatInstant(expiresAtMs) }),
    ...(groupId === undefined || groupId.length > PARENT_LENGTH_MAX
      ? {}
      : { parentIdTag: groupId }),
  };
}
