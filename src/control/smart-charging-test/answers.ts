/** What stations answer and measure while a test runs. */
import { LIMIT_TOLERANCE_A } from '../charge-rate.js';
import { answered, newestAccepted } from '../../../ledger/index.js';
import type { EvseId, StationId } from '../../../solver/index.js';
import type { CommandOutcome, MeterSample, StationEvent } from '../../ocpp/messages.js';
import { type Draft, updateEvse, wakeAt } from '../draft.js';
import type { PendingCommand } from '../state.js';
import { drawnOf } from './drawn.js';
import { endStep, putWork, stepOf, testOf } from './keep.js';
import { noteBack } from './offline-step.js';
import { isAsTold, isPhaseStep, phasesOf, phasesShown } from './phase-step.js';
import { askShown, shownIn } from './read-back.js';
import type { StepAnswer, StepShown, StepVerdict, StepWork, TestStep } from './test-record.js';

type Answered = Extract<StationEvent, { type: 'command.answered' }>;

const SAMPLES_MAX = 240;
/** Limits are rounded down to the station's step. */
const LIMIT_STEP_A = 1;

interface Told {
  readonly evseId: EvseId;
  readonly step: TestStep;
  readonly work: StepWork;
  readonly pending: PendingCommand;
  readonly outcome: CommandOutcome;
}

/** Call it once the ledger has heard of the answer. */
export function noteAnswer(draft: Draft, pending: PendingCommand, { outcome }: Answered): void {
  const { evseId, purpose } = pending;
  const test = evseId === undefined ? undefined : testOf(draft, evseId);
  if (evseId === undefined || test?.work === undefined) {
    // The test is over: what it may have set still counts.
    if (evseId !== undefined && purpose === 'test') countForm(draft, evseId, pending, outcome);
    return;
  }
  const step = stepOf(test);
  if (step === undefined) return;
  const told = { evseId, step, work: test.work, pending, outcome };
  if (purpose === 'grant') return noteGrant(draft, told);
  if (purpose === 'clear-transaction' && step.name === 'clear') return noteCleared(draft, told);
  if (purpose !== 'test') return;
  if (pending.command.kind === 'get-composite-schedule') return noteShown(draft, told);
  countForm(draft, evseId, pending, outcome);
  noteRequest(draft, told);
}

/** An accepted one may be held beside the usual profile: it stays possible (R10). */
function countForm(
  draft: Draft,
  evseId: EvseId,
  pending: PendingCommand,
  outcome: CommandOutcome,
): void {
  if (pending.command.kind !== 'set-charging-profile') return;
  const status = outcome.status === 'accepted' ? 'timeout' : outcome.status;
  const end = { seq: pending.seq, outcome: status, atMs: draft.nowMs };
  updateEvse(draft, evseId, (it) => ({
    ...it,
    ledger: answered(it.ledger, end, draft.site.settings),
  }));
}

function answerOf(draft: Draft, { pending, outcome }: Told): StepAnswer {
  return {
    status: outcome.status,
    ...('detail' in outcome ? { detail: outcome.detail } : {}),
    afterSec: Math.max(0, (draft.nowMs - pending.createdAtMs) / 1000),
  };
}

/** The cycle sent it, as any other; what is waited for is the wanted limit, or less. */
function noteGrant(draft: Draft, told: Told): void {
  const { evseId, step, work, pending, outcome } = told;
  if (work.phase !== 'asking' || step.wantedA === undefined) return;
  const answer = answerOf(draft, told);
  const asked = { ...step, request: pending.command, answer };
  if (outcome.status !== 'accepted') {
    if (outcome.status === 'timeout' || outcome.status === 'not-sent') return;
    const verdict = isPhaseStep(step) ? 'refused' : 'failed';
    return endStep(draft, evseId, { ...asked, verdict, detail: 'it was not accepted' });
  }
  const ledger = draft.evses.get(evseId)?.ledger;
  const now = ledger === undefined ? undefined : newestAccepted(ledger);
  if (now === undefined || now.seq !== pending.seq || !isAsTold(step, now)) return;
  const limitA = now.grantA;
  const known = { ...work, boundaryAtMs: now.boundaryAtMs, tailA: now.tailA, ackAtMs: draft.nowMs };
  wakeAt(draft, draft.nowMs);
  if (limitA !== step.wantedA) {
    const partial = { ...known, partialAtMs: draft.nowMs, samples: [] };
    return putWork(draft, evseId, partial, { ...asked, limitA });
  }
  const next = { ...known, phase: 'measuring', sinceMs: draft.nowMs, samples: [] } as const;
  putWork(draft, evseId, next, { ...asked, limitA });
}

/** Without our profile F0 holds: the draw must show it. */
function noteCleared(draft: Draft, told: Told): void {
  const { evseId, step, work, pending, outcome } = told;
  const asked = { ...step, request: pending.command, answer: answerOf(draft, told) };
  if (outcome.status !== 'accepted') {
    const verdict = isRefusal(outcome) ? 'refused' : 'not-judgeable';
    return endStep(draft, evseId, { ...asked, verdict });
  }
  const limitA = draft.evses.get(evseId)?.ledger.fallbackIdleA ?? 0;
  const next = { ...work, phase: 'measuring', ackAtMs: draft.nowMs, samples: [] } as const;
  putWork(draft, evseId, next, { ...asked, limitA });
  wakeAt(draft, draft.nowMs);
}

function noteRequest(draft: Draft, told: Told): void {
  const { evseId, step, work, pending, outcome } = told;
  const asked = { ...step, request: pending.command, answer: answerOf(draft, told) };
  if (outcome.status !== 'accepted') {
    const verdict = isRefusal(outcome) ? 'refused' : 'not-judgeable';
    return endStep(draft, evseId, { ...asked, verdict });
  }
  if (step.name === 'profiles') return endStep(draft, evseId, { ...asked, verdict: 'passed' });
  putWork(draft, evseId, { ...work, phase: 'reading', sinceMs: draft.nowMs }, asked);
  askShown(draft, evseId);
}

function isRefusal({ status }: CommandOutcome): boolean {
  return status === 'rejected' || status === 'not-supported' || status === 'error';
}

function noteShown(draft: Draft, { evseId, step, work, outcome }: Told): void {
  const shown = shownIn(draft, evseId, { outcome, work });
  if (work.offline !== undefined) return noteBack(draft, evseId, { work, shown });
  if (work.phase !== 'reading') return;
  endStep(draft, evseId, { shown, ...shownVerdict(step, work, shown) });
}

/** A composite above the limit is a failure whatever was measured; one that is not there is none. */
function shownVerdict(
  step: TestStep,
  work: StepWork,
  shown: StepShown,
): { readonly verdict: StepVerdict; readonly detail?: string } {
  const { limitA: shownA } = shown;
  const { limitA = 0, verdict } = step;
  const otherPhases = phasesShown(step, shown);
  if (otherPhases !== undefined) return otherPhases;
  if (shownA === undefined) return { verdict: verdict ?? 'not-judgeable' };
  const isAbove = shownA > limitA + LIMIT_TOLERANCE_A;
  const above = { detail: `its composite schedule shows ${shownA} A where ${limitA} A were set` };
  if (verdict !== undefined) {
    const isOther = step.name === 'replace' && shownA <= limitA - LIMIT_STEP_A;
    return isAbove || isOther ? { verdict: 'failed', ...above } : { verdict };
  }
  if (step.name === 'unit') return unitVerdict(shownA, limitA);
  if (!isAbove && shownA > limitA - LIMIT_STEP_A) return { verdict: 'passed' };
  if (isAbove && shownA >= work.beforeA - LIMIT_TOLERANCE_A && step.name !== 'fallback') {
    return { verdict: 'failed', detail: 'accepted, but its composite schedule has not changed' };
  }
  return isAbove
    ? { verdict: 'failed', ...above }
    : { verdict: 'failed', detail: `its composite schedule shows ${shownA} A for ${limitA} A` };
}

/** So few watts are no ampere; whoever shows the number itself took it for amperes (R12). */
function unitVerdict(
  shownA: number,
  limitA: number,
): { readonly verdict: StepVerdict; readonly detail?: string } {
  if (shownA < LIMIT_STEP_A) return { verdict: 'passed' };
  const detail =
    Math.abs(shownA - limitA) < LIMIT_STEP_A
      ? `it takes ${limitA} W for ${limitA} A`
      : 'accepted, but its composite schedule has not changed';
  return { verdict: 'failed', detail };
}

/** `offline`: measured while it was away, by the station's clock. */
export function noteSamples(
  draft: Draft,
  of: {
    readonly evseId: EvseId;
    readonly stationId: StationId;
    readonly samples: readonly MeterSample[];
  },
): void {
  const { evseId, samples } = of;
  const work = testOf(draft, evseId)?.work;
  if (work === undefined) return;
  const skewMs = draft.site.settings.skewSec * 1000;
  const fromMs = work.offline?.lostAtMs ?? work.ackAtMs;
  if (fromMs === undefined) return;
  const evse = draft.site.evses.find((it) => it.id === evseId);
  const found = samples.flatMap((sample) => {
    const drawnA = evse === undefined ? undefined : drawnOf(draft, evse, sample);
    if (drawnA === undefined || sample.atMs < fromMs - skewMs) return [];
    const atMs = work.offline === undefined ? draft.nowMs : sample.atMs;
    return [{ atMs, drawnA, ...phasesOf(sample) }];
  });
  if (found.length === 0) return;
  putWork(draft, evseId, { ...work, samples: [...work.samples, ...found].slice(-SAMPLES_MAX) });
}
