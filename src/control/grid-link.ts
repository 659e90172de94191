/** The grid link of a site in its state: what is heard moves the failsafe limit among its signals. */
import {
  FAILSAFE_ID,
  failsafeSignal,
  type GridLinkState,
  heard,
  linkAt,
  lostAt,
  openLink,
} from '../signals/grid-link.js';
import type { Signal } from '../signals/signal.js';
import { type Draft, wakeAt } from './draft.js';

/** Call it for every signal that counts. */
export function noteHeard(draft: Draft, signal: Signal): void {
  const { gridLink } = draft.site.settings;
  if (gridLink?.issuer !== signal.issuer) return;
  const known = draft.control.gridLink ?? openLink(draft.nowMs);
  put(draft, heard(known, signal, draft.nowMs));
}

/** Every cycle, before limits are looked at: silence is no event. */
export function advanceGridLink(draft: Draft): void {
  const { site, control, nowMs } = draft;
  if (!site.settings.gridLink) {
    if (control.gridLink === undefined) return;
    draft.control = { ...control, gridLink: undefined };
    const failsafe = draft.signals.get(FAILSAFE_ID);
    // Its row stays, as that of any other that is over.
    if (failsafe !== undefined) draft.signals.set(FAILSAFE_ID, { ...failsafe, endsAtMs: nowMs });
    return;
  }
  put(draft, linkAt(control.gridLink ?? openLink(nowMs), nowMs));
}

function put(draft: Draft, link: GridLinkState): void {
  const { site, control } = draft;
  const { gridLink } = site.settings;
  if (!gridLink) return;
  if (control.gridLink !== link) {
    tell(draft, control.gridLink, link);
    draft.control = { ...control, gridLink: link };
  }
  const { id: siteId, tenantId } = site;
  const next = failsafeSignal({ siteId, tenantId }, gridLink, link);
  if (!isSame(draft.signals.get(FAILSAFE_ID), next)) draft.signals.set(FAILSAFE_ID, next);
  if (link.failsafeSinceMs === undefined) wakeAt(draft, lostAt(link));
}

function isSame(known: Signal | undefined, next: Signal): boolean {
  const [a] = known?.series ?? [];
  const [b] = next.series;
  const isAsIssued = known?.scope === next.scope && known.issuer === next.issuer;
  return (
    isAsIssued && known.endsAtMs === next.endsAtMs && a?.atMs === b?.atMs && a?.value === b?.value
  );
}

function tell(draft: Draft, before: GridLinkState | undefined, link: GridLinkState): void {
  const isLost = link.failsafeSinceMs !== undefined;
  if (isLost === (before?.failsafeSinceMs !== undefined)) return;
  const { issuer, failsafeLimitW } = draft.site.settings.gridLink ?? {};
  const code = isLost ? 'grid-link-lost' : 'grid-link-back';
  const detail = isLost
    ? `${issuer} has not been heard for 120 s: its failsafe of ${failsafeLimitW} W holds`
    : `${issuer} was heard again with a new limit: its failsafe is over`;
  draft.effects.push({ type: 'alarm', code, detail });
}
