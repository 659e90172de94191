/** How a test is kept in the draft: each change is a row. */
import type { EvseId, StationId } from '../../../solver/index.js';
import type { StateView } from '../../sites/snapshot.js';
import { type Draft, updateEvse, without } from '../draft.js';
import type { SmartChargingTest, StepVerdict, StepWork, TestStep } from './test-record.js';

export function testOf(draft: Draft, evseId: EvseId): SmartChargingTest | undefined {
  return draft.evses.get(evseId)?.test;
}

/** The running test of a station: there is at most one. */
export function testAt(
  view: Pick<StateView, 'evses' | 'site'>,
  stationId: StationId,
): (SmartChargingTest & { readonly evseId: EvseId }) | undefined {
  for (const evse of view.site.evses) {
    if (evse.stationId !== stationId) continue;
    const test = view.evses.get(evse.id)?.test;
    if (test !== undefined) return { ...test, evseId: evse.id };
  }
  return undefined;
}

export function putTest(draft: Draft, evseId: EvseId, test: SmartChargingTest): void {
  updateEvse(draft, evseId, (it) => ({ ...it, test }));
  draft.effects.push({ type: 'test', test });
}

/** What becomes of the step under way. */
export function putWork(draft: Draft, evseId: EvseId, work: StepWork, step?: TestStep): void {
  const test = testOf(draft, evseId);
  if (test === undefined) return;
  const steps = step === undefined ? test.steps : test.steps.with(test.at, step);
  putTest(draft, evseId, { ...test, steps, work });
}

export function stepOf(test: SmartChargingTest): TestStep | undefined {
  return test.steps[test.at];
}

/** The step is over; the next one begins in the same cycle. */
export function endStep(
  draft: Draft,
  evseId: EvseId,
  end: { readonly verdict: StepVerdict; readonly detail?: string } & Partial<TestStep>,
): void {
  const test = testOf(draft, evseId);
  const step = test === undefined ? undefined : stepOf(test);
  if (test === undefined || step === undefined) return;
  const over: TestStep = { ...step, ...end, endedAtMs: draft.nowMs };
  putTest(draft, evseId, {
    ...without(test, 'work', 'instruction'),
    steps: test.steps.with(test.at, over),
    at: test.at + 1,
  });
}
