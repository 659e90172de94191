/** A share of `npm run fuzz-api`. */
import { expect, test } from 'vitest';
import { fuzzApi } from '../api-fuzz/campaign.js';

const REQUESTS = 1200;

test('no request makes the API answer 5xx, and each answer is as the document says', async () => {
  const report = await fuzzApi({ seed: 7, goesOn: (requests) => requests < REQUESTS });
  expect(report.failures, JSON.stringify(report.statuses)).toEqual([]);
  expect(report.requests).toBeGreaterThanOrEqual(REQUESTS);
  expect(report.succeeded).toBeGreaterThan(40);
});
