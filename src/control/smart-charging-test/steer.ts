/**
 * A running test, cycle by cycle. It tells the cycle what its EVSE is to have; what leaves, and when,
 * is decided by the ledger as ever: a test is never outside W, and takes no more than the allocator
 * would give the EVSE anyway.
 */
import { inForce, ownSettings } from '../../../ledger/index.js';
import type { EvseId } from '../../../solver/index.js';
import type { EvseStanding } from '../../sites/snapshot.js';
import { type Draft, updateEvse, wakeAt } from '../draft.js';
import type { Goals } from '../goals.js';
import { drawnBefore } from './drawn.js';
import { limitSinceMs } from '../fold-samples.js';
import { finish, interruption } from './finish.js';
import { askMeter } from './ask-meter.js';
import { endStep, putWork, stepOf, testOf } from './keep.js';
import { advanceOffline, beginOffline, isOfflineStep, offlineLeaseSec } from './offline-step.js';
import { beginPhases, isPhaseStep } from './phase-step.js';
import { judgePhases } from './phase-verdict.js';
import { askShown } from './read-back.js';
import { judgeReaction } from './reaction.js';
import { beginRequest } from './request-step.js';
import type { SmartChargingTest, StepWork, TestStep } from './test-record.js';

/** What the cycle is to do with a tested EVSE. */
export interface Steering {
  /** At most this, A; absent: as the allocator says. */
  readonly limitA?: number;
  /** Nothing but cuts is sent meanwhile. */
  readonly hold?: true;
  readonly leaseSec?: number;
}

/** Its meter is asked at least once before the first step. */
const SETTLE_MIN_MS = 5000;
/** The site has this long to spare what is wanted. */
const ASK_MAX_MS = 60_000;
/** Less than wanted was granted; more may follow when others have been cut. */
const PARTIAL_MAX_MS = 25_000;
/** A read-back that is not answered holds nothing up. */
const READ_MAX_MS = 60_000;
/** Steps that begin and end within one cycle. */
const ROUNDS_MAX = 40;

/** Moves every running test on; what it says holds for this cycle. */
export function steerTests(
  draft: Draft,
  all: readonly EvseStanding[],
  goals: Goals,
): ReadonlyMap<EvseId, Steering> {
  const steered = new Map<EvseId, Steering>();
  for (const standing of all) {
    const { id } = standing.evse;
    if (draft.evses.get(id)?.test === undefined) continue;
    for (let round = 0; round < ROUNDS_MAX && advance(draft, standing, goals); round += 1);
    const test = testOf(draft, id);
    if (test !== undefined) steered.set(id, steeringOf(test));
  }
  return steered;
}

function steeringOf(test: SmartChargingTest): Steering {
  const step = stepOf(test);
  if (step === undefined || test.work === undefined) return { hold: true };
  if (test.work.phase === 'settling') return { hold: true };
  if (isOfflineStep(step)) {
    const held = test.steps[test.at - 1]?.limitA;
    return { ...(held === undefined ? {} : { limitA: held }), leaseSec: offlineLeaseSec(step) };
  }
  // What was requested must not be undone before it was read back.
  if (step.wantedA === undefined) return { hold: true };
  // More may still come of what is wanted.
  const isAsking = test.work?.phase === 'asking';
  const limitA = isAsking ? step.wantedA : (step.limitA ?? step.wantedA);
  return { limitA, ...leaseOf(test) };
}

/** The lease of the part that the steps lead to: what is unplugged must hold the short one. */
function leaseOf(test: SmartChargingTest): { leaseSec?: number } {
  const next = test.steps.slice(test.at).find((it) => isOfflineStep(it));
  const isOnline = test.steps.slice(test.at).some((it) => it.name === 'pause');
  return next === undefined || isOnline ? {} : { leaseSec: offlineLeaseSec(next) };
}

/** True: something moved, and more may. */
function advance(draft: Draft, standing: EvseStanding, goals: Goals): boolean {
  const { evse } = standing;
  const test = testOf(draft, evse.id);
  if (test === undefined) return false;
  const step = stepOf(test);
  if (step === undefined) {
    finish(draft, evse.id);
    return false;
  }
  const broken = interruption(draft, evse, test, step);
  if (broken !== undefined) {
    finish(draft, evse.id, broken);
    return false;
  }
  if (test.work === undefined) {
    // What was changed a moment ago must have been followed before anything is compared with it.
    if (test.at === 0 && step.required === true) beginSettling(draft, standing);
    else begin(draft, standing, step);
    return true;
  }
  if (test.work.phase === 'settling') return advanceSettling(draft, standing, step, test.work);
  if (isOfflineStep(step)) return advanceOffline(draft, evse, test.work, step);
  switch (test.work.phase) {
    case 'asking':
      return advanceAsking(draft, standing, { step, work: test.work, goals });
    case 'measuring':
      return advanceMeasuring(draft, standing, { step, work: test.work });
    default:
      return advanceReading(draft, evse.id, test.work);
  }
}

function beginSettling(draft: Draft, { evse }: EvseStanding): void {
  const { nowMs } = draft;
  putWork(draft, evse.id, { phase: 'settling', sinceMs: nowMs, beforeA: 0, samples: [] });
}

function advanceSettling(
  draft: Draft,
  standing: EvseStanding,
  step: TestStep,
  work: StepWork,
): boolean {
  const state = draft.evses.get(standing.evse.id) ?? standing.state;
  const settleMs = ownSettings(state.ledger, draft.site.settings).settleSec * 1000;
  const dueMs = Math.max(limitSinceMs(state) + settleMs, work.sinceMs + SETTLE_MIN_MS);
  if (draft.nowMs >= dueMs) {
    begin(draft, standing, step);
    return true;
  }
  wakeAt(draft, dueMs);
  askMeter(draft, standing.evse, work);
  return false;
}

function begin(draft: Draft, standing: EvseStanding, step: TestStep): void {
  const { evse } = standing;
  const state = draft.evses.get(evse.id);
  if (state === undefined) return;
  const inForceA = inForce(state.ledger, draft.nowMs);
  // What the other forms left in force may be nothing at all.
  const beforeA = step.name === 'replace' ? 0 : inForceA;
  const drawnBeforeA = drawnBefore(draft, standing);
  const work: StepWork = {
    phase: 'asking',
    sinceMs: draft.nowMs,
    beforeA,
    ...(drawnBeforeA === undefined ? {} : { drawnBeforeA }),
    samples: [],
  };
  putWork(draft, evse.id, work, { ...step, startedAtMs: draft.nowMs });
  if (isOfflineStep(step)) return beginOffline(draft, evse, work);
  if (step.wantedA === undefined) return beginRequest(draft, standing, step);
  if (isPhaseStep(step) && !beginPhases(draft, standing, step)) return;
  // What holds already is said again: the answer to it is what is waited for.
  if (inForceA === step.wantedA) updateEvse(draft, evse.id, (it) => ({ ...it, reassert: true }));
}

interface Under {
  readonly step: TestStep;
  readonly work: StepWork;
}

function advanceAsking(
  draft: Draft,
  { evse }: EvseStanding,
  { step, work, goals }: Under & { readonly goals: Goals },
): boolean {
  if (step.wantedA === undefined) return advanceRequest(draft, evse.id);
  const { partialAtMs } = work;
  const partMs =
    partialAtMs === undefined ? Number.POSITIVE_INFINITY : partialAtMs + PARTIAL_MAX_MS;
  const dueMs = Math.min(work.sinceMs + ASK_MAX_MS, partMs);
  if (draft.nowMs < dueMs) {
    wakeAt(draft, dueMs);
    return false;
  }
  if (partialAtMs !== undefined && step.limitA !== undefined) {
    const detail = `the site could spare ${step.limitA} A of ${step.wantedA} A`;
    const next = { ...work, phase: 'measuring', sinceMs: draft.nowMs } as const;
    putWork(draft, evse.id, next, { ...step, detail });
    return true;
  }
  const spareA = goals.get(evse.id)?.limitA ?? 0;
  const detail = `no answer came for ${step.wantedA} A: the site can spare ${spareA} A now`;
  endStep(draft, evse.id, { verdict: 'skipped', detail });
  return true;
}

/** After a restart of ours nobody knows what became of a request. */
function advanceRequest(draft: Draft, evseId: EvseId): boolean {
  const isOpen = [...draft.pending.values()].some(
    (it) => it.evseId === evseId && (it.purpose === 'test' || it.purpose === 'clear-transaction'),
  );
  if (isOpen) return false;
  endStep(draft, evseId, { verdict: 'not-judgeable', detail: 'its answer was lost' });
  return true;
}

function advanceMeasuring(
  draft: Draft,
  { evse, state }: EvseStanding,
  { step, work }: Under,
): boolean {
  const { settings } = draft.site;
  const watched = {
    limitA: step.limitA ?? 0,
    beforeA: work.beforeA,
    drawnBeforeA: work.drawnBeforeA,
    aboveA: step.aboveA,
    ackAtMs: work.ackAtMs ?? work.sinceMs,
    nowMs: draft.nowMs,
    samples: work.samples,
    settleSec: ownSettings(state.ledger, settings).settleSec,
    patienceSec: 2 * settings.sampleIntervalSec + 30,
  };
  const judged = isPhaseStep(step) ? judgePhases(step, watched) : judgeReaction(watched);
  if (judged === undefined) {
    askMeter(draft, evse, work);
    return false;
  }
  const detail = [step.detail, judged.detail].filter((it) => it !== undefined).join('; ');
  // The vehicle may not have had the time to stop before the usual form came back.
  const { reactionSec: _since, ...seen } = judged.reaction;
  const over = {
    ...step,
    verdict: judged.verdict,
    reaction: step.name === 'replace' ? seen : judged.reaction,
    ...(detail === '' ? {} : { detail }),
  };
  putWork(draft, evse.id, { ...work, phase: 'reading', sinceMs: draft.nowMs }, over);
  askShown(draft, evse.id);
  return true;
}

function advanceReading(draft: Draft, evseId: EvseId, work: StepWork): boolean {
  const dueMs = work.sinceMs + READ_MAX_MS;
  if (draft.nowMs < dueMs) {
    wakeAt(draft, dueMs);
    return false;
  }
  const test = testOf(draft, evseId);
  const verdict = (test === undefined ? undefined : stepOf(test)?.verdict) ?? 'not-judgeable';
  endStep(draft, evseId, { verdict, shown: { detail: 'its composite schedule was not answered' } });
  return true;
}
