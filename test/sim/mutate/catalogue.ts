/**
 * What is taken away of each rule R0-R12, one half at a time. Halves that are not here because others
 * cover them, so that without them no invariant can break:
 * - R3, a fence is read back: what is sent after the flight of a call is over is the last in any case.
 * - R6, a limit below F1 counts only until its boundary less the skew: no tail is ever above its limit.
 * - R8, all cuts in one round: every answer and wake-up is another round, at most seconds later.
 * - R10, a lease in the place of F0 ends with F0 written there: the answer to the clear of a TxProfile frees
 *   nothing of such a lease in any case, so that only service suffers.
 * - R10, F0 is never cleared and set; R11, what others left is cleared: W stays at the hardware maximum
 *   until a read-back shows F0 (R0, R11), so that only service suffers.
 */
import { CREDIT_MUTATIONS } from './catalogue-credit.js';
import { GRANT_MUTATIONS } from './catalogue-grant.js';
import { OFFLINE_MUTATIONS } from './catalogue-offline.js';
import { MISHAP_MUTATIONS } from './catalogue-mishaps.js';
import { OVERDRAW_MUTATIONS } from './catalogue-overdraw.js';
import { PHASE_MUTATIONS } from './catalogue-phases.js';
import type { Mutation } from './mutation.js';

export const MUTATIONS: readonly Mutation[] = [
  ...CREDIT_MUTATIONS,
  ...GRANT_MUTATIONS,
  ...OFFLINE_MUTATIONS,
  ...OVERDRAW_MUTATIONS,
  ...MISHAP_MUTATIONS,
  ...PHASE_MUTATIONS,
].sort((a, b) => Number(a.rule.slice(1)) - Number(b.rule.slice(1)));
