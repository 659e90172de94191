/**
 * The cycle: first what must move on whatever the limits are, then the limits, unless the same ones would
 * come out of it once more. Runs once after any number of events.
 */
import { expired } from '../../ledger/index.js';
import { LEDGER_KEPT_MS } from './allowed-then.js';
import { advanceContacts } from './contact.js';
import { countAsTold } from './count-as-told.js';
import { decideLimits } from './cycle.js';
import { type Draft, wakeAt } from './draft.js';
import { advanceGridLink } from './grid-link.js';
import { LATE_MAX_MS } from './late-samples.js';
import type { LimitsHeld } from './settled.js';
import { stopRefused } from './stop-refused.js';

/** Late messages of a session that is over find it this long; the day's energy counts it. */
const SESSION_KEPT_MS = 86_400_000;

/**
 * @param known says whether the limits decided before hold for the draft
 * @returns the limits as they hold now; undefined: they are to be decided on again in any case
 */
export function decide(
  draft: Draft,
  known: (draft: Draft) => LimitsHeld | undefined,
): LimitsHeld | undefined {
  countAsTold(draft);
  advanceGridLink(draft);
  advanceContacts(draft);
  forget(draft);
  stopRefused(draft);
  const held = known(draft);
  if (held !== undefined) {
    wakeAt(draft, held.wakeAtMs);
    return held;
  }
  const askedMs = draft.wakeAtMs;
  draft.wakeAtMs = undefined;
  const { control } = draft;
  const changesBefore = changesIn(draft);
  const isMetered = decideLimits(draft);
  const { wakeAtMs } = draft;
  draft.wakeAtMs = askedMs;
  wakeAt(draft, wakeAtMs);
  // What has just been changed is looked at once more.
  const isSame = draft.control === control && changesIn(draft) === changesBefore;
  return isSame && !isMetered ? { wakeAtMs, untilMs: limitsEndMs(draft, wakeAtMs) } : undefined;
}

/** A lease that ends changes what is in force, and hence what is said of it, with or without a wake. */
function limitsEndMs({ evses, nowMs }: Draft, wakeAtMs = Number.POSITIVE_INFINITY): number {
  let endMs = wakeAtMs;
  for (const { ledger } of evses.values()) {
    for (const { boundaryAtMs, steps = [] } of ledger.commands) {
      if (boundaryAtMs > nowMs) endMs = Math.min(endMs, boundaryAtMs);
      for (const { fromMs } of steps) if (fromMs > nowMs) endMs = Math.min(endMs, fromMs);
    }
  }
  return endMs;
}

function changesIn({ effects, stations, evses, sessions, pending }: Draft): number {
  return effects.length + stations.changes + evses.changes + sessions.changes + pending.changes;
}

/** What no longer matters leaves the state, so that memory is bounded. */
function forget(draft: Draft): void {
  for (const evse of draft.evses.values()) {
    const keptMs = evse.late === undefined ? LEDGER_KEPT_MS : LATE_MAX_MS + LEDGER_KEPT_MS;
    const ledger = expired(evse.ledger, draft.nowMs - keptMs, draft.site.settings);
    if (ledger !== evse.ledger) draft.evses.set(evse.id, { ...evse, ledger });
  }
  for (const session of draft.sessions.values()) {
    if (session.phase !== 'ended') continue;
    const { overSinceMs } = session;
    if (overSinceMs === undefined) {
      draft.sessions.set(session.id, { ...session, overSinceMs: draft.nowMs });
      wakeAt(draft, draft.nowMs + SESSION_KEPT_MS + 1);
    } else if (draft.nowMs - overSinceMs > SESSION_KEPT_MS) draft.sessions.delete(session.id);
    else wakeAt(draft, overSinceMs + SESSION_KEPT_MS + 1);
  }
}
