/** First contact asks again: at once what nobody answered, from the start and later what failed. */
import type { EvseId } from '../../solver/index.js';
import { type Draft, updateEvse, wakeAt, without } from './draft.js';
import type { EvseContact } from './state.js';

const BACK_OFF_MS = 30_000;
const BACK_OFF_MAX_MS = 600_000;
/** A call that nobody answered is made again at once so often; each has waited for its timeout. */
const UNANSWERED_MAX = 3;

export const CONTACT_START: EvseContact = {
  step: 'fallback',
  attempts: 0,
  notBeforeMs: 0,
  level: 0,
};

/** Some never answer what they do not support: what others left is then cleared by criteria. */
export function isMute({ step, unanswered = 0 }: EvseContact): boolean {
  return step === 'report' && unanswered >= UNANSWERED_MAX;
}

/**
 * The same step once more: every call of contact may be made twice, so that what was achieved before
 * it stands. Until F0 is read back the EVSE is reserved at its maximum (R0), at the cost of others.
 */
export function askAgain(draft: Draft, evseId: EvseId, contact: EvseContact): void {
  const unanswered = (contact.unanswered ?? 0) + 1;
  const beyond = unanswered - UNANSWERED_MAX;
  const waitMs = beyond < 0 ? 0 : Math.min(BACK_OFF_MS * 2 ** beyond, BACK_OFF_MAX_MS);
  const notBeforeMs = draft.nowMs + waitMs;
  updateEvse(draft, evseId, (it) => ({ ...it, contact: { ...contact, unanswered, notBeforeMs } }));
  wakeAt(draft, notBeforeMs);
}

export function moveOn(draft: Draft, evseId: EvseId, contact: EvseContact): void {
  updateEvse(draft, evseId, (it) => ({ ...it, contact: without(contact, 'unanswered') }));
  wakeAt(draft, draft.nowMs);
}

/**
 * It is over, and F0 earns no credit: W is the maximum already, so that no limit would look like a raise to a
 * vehicle that F0 holds back. What it is granted is told all the same. A transaction may have been in the way: it is
 * read again once that is over.
 */
export function endUncredited(draft: Draft, evseId: EvseId): void {
  updateEvse(draft, evseId, (it) => ({
    ...it,
    reassert: it.transactionId !== undefined,
    fallbackProvisional: it.transactionId !== undefined,
    contact: { ...CONTACT_START, step: 'done' },
  }));
}

/** From the start, after a while that doubles. */
export function retryLater(draft: Draft, evseId: EvseId): void {
  updateEvse(draft, evseId, (it) => {
    const attempts = it.contact.attempts + 1;
    const waitMs = Math.min(BACK_OFF_MS * 2 ** (attempts - 1), BACK_OFF_MAX_MS);
    const contact = { ...CONTACT_START, attempts, notBeforeMs: draft.nowMs + waitMs };
    return { ...it, contact };
  });
  wakeAt(draft, draft.evses.get(evseId)?.contact.notBeforeMs);
}
