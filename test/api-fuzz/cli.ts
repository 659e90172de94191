/** `npm run fuzz-api -- --minutes 10 --seed 1`: the API by its own document, for as long as you like. */
import { parseArgs } from 'node:util';
import { fuzzApi } from './campaign.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
  },
});
const endsAtMs = performance.now() + Number(values.minutes) * 60_000;
const report = await fuzzApi({
  seed: Number(values.seed),
  goesOn: () => performance.now() < endsAtMs,
});
const { failures, ...figures } = report;
process.stdout.write(`${JSON.stringify(figures)}\n`);
for (const failure of failures) process.stdout.write(`${failure}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
