import type { SiteEvse } from '../../sites/site.js';
import { type Draft, plan, wakeAt } from '../draft.js';
import { putWork } from './keep.js';
import type { StepWork } from './test-record.js';

/** How often the meter is asked while a reaction is measured. */
const METER_EVERY_MS = 2000;

/** The station's own samples may come once a minute: too seldom for a reaction of seconds. */
export function askMeter(draft: Draft, evse: SiteEvse, work: StepWork): void {
  const { askAgainAtMs = 0 } = work;
  if (draft.nowMs < askAgainAtMs) return wakeAt(draft, askAgainAtMs);
  const nextMs = draft.nowMs + METER_EVERY_MS;
  putWork(draft, evse.id, { ...work, askAgainAtMs: nextMs });
  wakeAt(draft, nextMs);
  const isAsked = [...draft.pending.values()].some(
    (it) => it.evseId === evse.id && it.purpose === 'trigger',
  );
  if (isAsked) return;
  plan(draft, {
    stationId: evse.stationId,
    evseId: evse.id,
    purpose: 'trigger',
    command: { kind: 'trigger-message', message: 'meter', evseNumber: evse.evseNumber },
  });
}
