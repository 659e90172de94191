import type { KeyRow, User } from '../../store/people-ports.js';
import type { KeyBody, UserBody } from '../schema/people.js';
import { defined } from './defined.js';
import { instant, instantOrNone } from './instant.js';

export function renderUser(user: User): UserBody {
  return defined({
    id: user.id,
    email: user.email,
    name: user.name,
    role: user.role,
    expiresAt: instantOrNone(user.expiresAtMs),
    invited: !user.hasPassword,
    createdAt: instant(user.createdAtMs),
    signedInAt: instantOrNone(user.signedInAtMs),
    version: user.version,
  });
}

export function renderKey(key: KeyRow): KeyBody {
  return defined({
    id: key.id,
    prefix: `bb_${key.id}_`,
    name: key.name,
    scopes: [...key.scopes],
    createdAt: instant(key.createdAtMs),
    createdBy: key.actor,
    expiresAt: instantOrNone(key.expiresAtMs),
    revokedAt: instantOrNone(key.revokedAtMs),
    usedAt: instantOrNone(key.usedAtMs),
  });
}
