/** How a test ends, and what it means for what is believed of its EVSE. */
import { trusted } from '../../../ledger/index.js';
import type { EvseId } from '../../../solver/index.js';
import type { SiteEvse } from '../../sites/site.js';
import { evseById } from '../../sites/site-index.js';
import { restartContact } from '../contact.js';
import { type Draft, updateEvse, wakeAt, without } from '../draft.js';
import { climb } from '../ladder.js';
import type { SiteEvent } from '../state.js';
import { testAt, testOf } from './keep.js';
import { isOfflineStep } from './offline-step.js';
import { endPhases } from './phase-step.js';
import type { SmartChargingTest, TestStatus, TestStep } from './test-record.js';

/** Why it cannot go on, in words; undefined: it can. */
export function interruption(
  draft: Draft,
  evse: SiteEvse,
  { work, steps }: SmartChargingTest,
  step: TestStep,
): string | undefined {
  const over = steps.filter((it) => it.endedAtMs !== undefined);
  const failed = over.find((it) => it.verdict === 'failed' && it.required === true);
  if (failed !== undefined) return reasonOf({ steps: [failed] });
  if (isOfflineStep(step) && (work?.phase === 'away' || work?.phase === 'back')) return undefined;
  const state = draft.evses.get(evse.id);
  const stage = draft.stations.get(evse.stationId)?.stage;
  if (stage === 'offline' || stage === 'connecting') return `${evse.stationId} went offline`;
  if (stage !== 'ready' || state?.contact.step !== 'done') {
    return `${evse.stationId} was reset or disturbed: its first contact begins anew`;
  }
  const needsVehicle = step.name !== 'fallback' && step.name !== 'profiles';
  if (needsVehicle && state.transactionId === undefined) return 'the transaction ended';
  return undefined;
}

/**
 * Somebody ends it: what was measured so far stays on record, and the cycle controls the EVSE as any
 * other again. The usual form is written once more, since another may be in force.
 */
export function cancel(
  draft: Draft,
  { number, stationId, actor }: Extract<SiteEvent, { type: 'test.cancelled' }>,
): void {
  const test = testAt(draft, stationId);
  if (test?.number !== number) return;
  finish(draft, test.evseId, `${actor} cancelled it`, 'cancelled');
  updateEvse(draft, test.evseId, (it) => ({ ...it, reassert: it.transactionId !== undefined }));
}

/** `broken`: what ended it before its time. */
export function finish(draft: Draft, evseId: EvseId, broken?: string, ended?: 'cancelled'): void {
  const test = testOf(draft, evseId);
  if (test === undefined) return;
  const steps = test.steps.map((step) => closed(draft, step, broken));
  const whole = { ...test, steps };
  const status = ended ?? statusOf(whole);
  const detail = broken ?? (status === 'passed' ? undefined : reasonOf(whole));
  const restores = status === 'passed' && restoresTrust(draft, evseId, whole);
  const over: SmartChargingTest = {
    ...without(whole, 'work', 'instruction'),
    status,
    ...(detail === undefined ? {} : { detail }),
    endedAtMs: draft.nowMs,
    ...(restores ? { trustRestored: true } : {}),
  };
  updateEvse(draft, evseId, (it) => without(it, 'test'));
  endPhases(draft, evseId, over);
  if (restores) restoreTrust(draft, evseId, over);
  if (status === 'passed') climbBack(draft, over);
  draft.effects.push({ type: 'test', test: over });
  wakeAt(draft, draft.nowMs);
}

/** F0 is written anew where a lease stands in its place. */
function climbBack(draft: Draft, { evseId, stationId }: SmartChargingTest): void {
  const evse = evseById(draft.site, evseId);
  if (evse === undefined) return;
  if (climb(draft, evse) === 'tx-default') restartContact(draft, stationId);
}

function closed({ nowMs }: Draft, step: TestStep, broken: string | undefined): TestStep {
  if (step.verdict !== undefined || broken === undefined) return step;
  if (step.startedAtMs === undefined) return { ...step, verdict: 'skipped' };
  return { ...step, verdict: 'not-judgeable', detail: broken, endedAtMs: nowMs };
}

function statusOf({ steps }: SmartChargingTest): TestStatus {
  const needed = steps.filter((it) => it.required === true);
  // What nobody asked for may fail, and stands on the card; but it may not exceed what was set.
  if (needed.some((it) => it.verdict === 'failed')) return 'failed';
  if (steps.some((it) => it.name === 'clear' && it.verdict === 'failed')) return 'failed';
  const isWhole = needed.length > 0 && needed.every((it) => it.verdict === 'passed');
  return isWhole ? 'passed' : 'not-judgeable';
}

function reasonOf({ steps }: Pick<SmartChargingTest, 'steps'>): string {
  const found =
    steps.find((it) => it.verdict === 'failed') ??
    steps.find((it) => it.required === true && it.verdict !== 'passed');
  if (found === undefined) return 'no vehicle was charging: only what needs none was tested';
  const { name, wantedA, detail = 'no reason known' } = found;
  return `${name}${wantedA === undefined ? '' : ` ${wantedA} A`}: ${detail}`;
}

/**
 * R9: who drew more than it was told is believed again once its draw was measured to follow every
 * level in full, no current at all, and the return from it.
 */
function restoresTrust(draft: Draft, evseId: EvseId, test: SmartChargingTest): boolean {
  const isDistrusted = draft.evses.get(evseId)?.ledger.distrusted === true;
  if (!isDistrusted || !test.parts.includes('online')) return false;
  const needed = test.steps.filter((it) => it.required === true && it.wantedA !== undefined);
  const levels = new Set(needed.map((it) => it.wantedA));
  return levels.has(0) && levels.size > 2 && needed.every((it) => it.limitA === it.wantedA);
}

function restoreTrust(draft: Draft, evseId: EvseId, { number, actor }: SmartChargingTest): void {
  updateEvse(draft, evseId, (it) => ({
    ...without(it, 'overdraw', 'register'),
    ledger: trusted(it.ledger),
  }));
  const detail = `smart-charging test ${number} of ${actor} was passed: its draw follows its limits`;
  draft.effects.push({ type: 'alarm', code: 'trust-restored', evseId, detail });
}
