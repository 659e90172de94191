/** A share of `npm run fuzz` in every run of the tests; the seed is fixed, the command finds more. */
import { expect, test } from 'vitest';
import { createBench, runCampaign } from './campaign.js';

const FRAMES = 3_000;
const SEED = 20_260_301;
const bench = createBench();

test(`${FRAMES} generated frames: no crash, no invalid answer, nothing unhandled`, async () => {
  const report = await runCampaign({
    seed: SEED,
    framesMax: FRAMES,
    timeMaxMs: Number.POSITIVE_INFINITY,
    bench,
  });
  expect(report.failures).toEqual([]);
  expect(report.frames).toBeGreaterThanOrEqual(FRAMES);
  expect(report.seen['answers.result']).toBeGreaterThan(FRAMES / 4);
  for (const kind of ['valid', 'mutated', 'send', 'foreign', 'answer', 'hostile']) {
    expect(report.seen[`frames.${kind}`]).toBeGreaterThan(20);
  }
});

test('the same seed gives the same run', async () => {
  const options = { seed: 7, framesMax: 200, timeMaxMs: Number.POSITIVE_INFINITY, bench };
  const [first, second] = [await runCampaign(options), await runCampaign(options)];
  expect(second.seen).toEqual(first.seen);
});
