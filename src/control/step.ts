/** The engine of one site: plain data in, plain data out. No clock, no IO, no randomness. */
import { decide } from './decide.js';
import { closeDraft, openDraft, wakeAt } from './draft.js';
import { fold } from './fold.js';
import { limitsHeldSince, limitsOf, noteSettled, settledUntil } from './settled.js';
import type { InboxItem, SiteState, StepResult } from './state.js';

export interface StepOptions {
  /**
   * Rows are known that come after these: nothing is decided before they are folded as well. A boot may be among
   * them, after which F0 has to be read back before anybody else may rely on it (R0).
   */
  readonly isBehind?: boolean;
}

/**
 * Folds events in their order and then decides once, where they changed anything that a decision reads.
 *
 * @param items inbox rows in sequence, or events that bypass the inbox (no `seq`); empty is a wake-up
 * @param nowMs site time, never before that of the previous step
 * @returns the next state, the effects that must be committed with it before any of them leaves, and
 *   the site time at which the site wants to be stepped again without an event
 */
export function step(
  state: SiteState,
  items: readonly InboxItem[],
  nowMs: number,
  { isBehind = false }: StepOptions = {},
): StepResult {
  const draft = openDraft(state, nowMs);
  for (const item of items) {
    if (item.seq !== undefined) draft.inboxSeq = item.seq;
    fold(draft, item.event);
  }
  // Of a state that nothing is noted of, the next step decides.
  if (isBehind)
    return { state: closeDraft(draft), effects: draft.effects, nextWakeAtMs: nowMs + 1 };
  // What an event asked for at once is decided on here.
  const isAsked = draft.wakeAtMs !== undefined && draft.wakeAtMs <= nowMs + 1;
  if (isAsked) draft.wakeAtMs = undefined;
  const settledMs = isAsked ? undefined : settledUntil(state, draft);
  let limits = limitsOf(state);
  if (settledMs === undefined) limits = decide(draft, limitsHeldSince(state));
  else if (Number.isFinite(settledMs)) wakeAt(draft, settledMs);
  const next = closeDraft(draft);
  noteSettled(next, draft.wakeAtMs, limits);
  return {
    state: next,
    effects: draft.effects,
    ...(draft.wakeAtMs === undefined ? {} : { nextWakeAtMs: draft.wakeAtMs }),
  };
}
