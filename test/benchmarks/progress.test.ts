import { expect, test } from 'vitest';
import { createPatience } from '../../benchmarks/plan/patience.js';
import { createProgress } from '../../benchmarks/progress.js';

/** One step each 4 s. */
function written(isTTY: boolean, steps: number): readonly string[] {
  const texts: string[] = [];
  let nowMs = 0;
  const stream = { isTTY, write: (text: string) => texts.push(text) };
  const progress = createProgress(steps, stream, () => nowMs);
  for (let step = 1; step <= steps; step += 1) {
    nowMs += 4000;
    progress.at(step, `step ${step}`);
  }
  return texts;
}

test('a terminal has one bar that fills', () => {
  const texts = written(true, 3);
  expect(texts).toHaveLength(3);
  expect(texts.every((it) => it.startsWith('\r'))).toBe(true);
  expect(texts[0]).toContain(`[${'#'.repeat(8)}${'-'.repeat(16)}] 1 / 3, 0:04, step 1`);
  expect(texts[2]).toContain(`[${'#'.repeat(24)}] 3 / 3, 0:12, step 3\n`);
});

test('a file has a plain line now and then, and the last', () => {
  expect(written(false, 16)).toEqual([
    '3 / 16, 0:12, step 3\n',
    '6 / 16, 0:24, step 6\n',
    '9 / 16, 0:36, step 9\n',
    '12 / 16, 0:48, step 12\n',
    '15 / 16, 1:00, step 15\n',
    '16 / 16, 1:04, step 16\n',
  ]);
});

test('an engine is not asked for what would take longer than a minute', () => {
  const patience = createPatience('slow');
  const size = (sessionCount: number, phaseCount: 1 | 3 = 1) => ({ sessionCount, phaseCount });
  expect(patience.isWorthTrying(size(1000))).toBe(true);
  patience.note(size(20), 100);
  // Twenty times the sessions are 800 s.
  expect(patience.isWorthTrying(size(400))).toBe(false);
  expect(patience.isWorthTrying(size(400, 3))).toBe(true);
  expect(patience.isWorthTrying(size(100))).toBe(true);
  patience.note(size(100), 61_000);
  expect(patience.isWorthTrying(size(100))).toBe(false);
  expect(patience.isWorthTrying(size(50))).toBe(true);
  // A smaller size that was quick tells nothing new.
  patience.note(size(20), 1);
  expect(patience.isWorthTrying(size(100))).toBe(false);
  expect(patience.notRun.map((it) => it.sessions)).toEqual([400, 100]);
});
