/** The main job on real input: a day of a real garage through the full stack over real sockets. */
import { expect, test } from 'vitest';
import { runDemo } from '../setup/run-demo.js';
import { sharedPath } from '../setup/shared-data.js';

const SPEED = '360';

/** Everything that the 54 EVSEs of the garage did on 4 March 2019, at 40 kVA. */
function realDay(): readonly string[] | undefined {
  const site = sharedPath('data', 'sites', 'caltech_acn.json');
  const sessions = sharedPath('data', 'acn-portal-march2019', 'caltech_march2019_sessions.csv');
  if (site === undefined || sessions === undefined) return undefined;
  return ['--site', site, '--sessions', sessions];
}

/** The project's own garage of the same shape, a seeded workday. */
const OWN_DAY = ['--site', 'sites/garage-54.json'];
const AT = `--capacity-kva 40 --from 2019-03-04T06:00 --to 2019-03-04T23:00 --speed ${SPEED}`;

test('delivers at least 90 % of what was feasible and never exceeds a rating', async () => {
  const run = await runDemo([...(realDay() ?? OWN_DAY), ...AT.split(' ')]);
  expect(run.result, run.stderr.slice(-2000)).toBeDefined();
  const { result } = run;
  if (result === undefined) return;
  console.info(JSON.stringify(result));
  expect(result.stations).toBe(54);
  expect(result.overLimitAmpSeconds).toBe(0);
  expect(result.worstPhaseFraction).toBeLessThanOrEqual(1);
  expect(result.feasibleWh).not.toBeNull();
  expect(result.deliveredWh).toBeGreaterThanOrEqual(0.9 * (result.feasibleWh ?? Infinity));
  expect(run.code).toBe(0);
});
