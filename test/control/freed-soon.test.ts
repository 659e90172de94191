/** Who leaves takes its lease along within seconds: nobody is cut for it, and nobody raised before. */
import { expect, test } from 'vitest';
import { inForce } from '../../ledger/index.js';
import { evseId } from '../../solver/index.js';
import { buildAnyPlan } from '../../src/planning/build-problem.js';
import { solveSite } from '../../src/planning/solve.js';
import { charging, claimAll, inputOf } from '../planning/planned-site.js';
import { feed, type Script, wait } from './ideal-station.js';
import { voiceOf } from './station-events.js';

const CONNECTION_A = 48;

/** Three vehicles share the connection. */
const shared = (): Script => charging({ stations: 3, limitA: CONNECTION_A });

function limitsA({ state, nowMs }: Script): readonly number[] {
  return ['S1:1', 'S2:1', 'S3:1'].map((id) => {
    const found = state.evses.get(evseId(id));
    return found === undefined ? Number.NaN : inForce(found.ledger, nowMs);
  });
}

/** From the departure of the first on; each look a second. */
function afterDeparture(script: Script): readonly (readonly number[])[] {
  const s1 = voiceOf('S1', script);
  feed(script, s1.ended('TS1'), s1.status('available'));
  return Array.from({ length: 60 }, () => {
    const seen = limitsA(script).slice(1);
    wait(script, 1000);
    return seen;
  });
}

test('the others go on as they are, and have its share once the ledger may count on it', () => {
  const script = shared();
  expect(limitsA(script)).toEqual([16, 16, 16]);
  const seen = afterDeparture(script);
  const changes = seen.filter((it, at) => String(it) !== String(seen[at - 1] ?? it));
  expect(seen[0]).toEqual([16, 16]);
  expect(changes).toEqual([[24, 24]]);
  const settledAt = seen.findIndex(([firstA = 0]) => firstA > 16);
  expect(settledAt).toBeGreaterThanOrEqual(script.state.site.settings.settleSec);
});

test('a station that does not answer keeps what it was told, and is room for nobody', () => {
  const script = shared();
  script.reply = ({ stationId, purpose }) =>
    stationId === 'S1' && purpose === 'clear-transaction' ? 'silent' : undefined;
  const seen = afterDeparture(script);
  expect(seen.filter(([a = 0, b = 0]) => a + b > CONNECTION_A - 16)).toEqual([]);
});

test('a limit that falls meanwhile counts it: the others make room', () => {
  const script = shared();
  script.reply = ({ stationId }) => (stationId === 'S1' ? 'silent' : undefined);
  const s1 = voiceOf('S1', script);
  feed(script, s1.ended('TS1'), s1.status('available'));
  const { site } = script.state;
  const [grid] = site.circuits;
  if (grid === undefined) throw new Error('there is a circuit');
  const limits = grid.limits.map((it) => ({ ...it, limitA: [32, 32, 32] }));
  const edited = { ...site, circuits: [{ ...grid, limits }], version: site.version + 1 };
  feed(script, { type: 'site.edited', site: edited as typeof site, actor: 'owner' });
  wait(script, 30_000);
  const [, secondA = 0, thirdA = 0] = limitsA(script);
  expect(secondA + thirdA).toBeLessThanOrEqual(16);
});

test('a plan does not hold room for who has left over its first slot', async () => {
  const script = shared();
  claimAll(script, 60_000, 2);
  script.reply = ({ stationId }) => (stationId === 'S1' ? 'silent' : undefined);
  const s1 = voiceOf('S1', script);
  feed(script, s1.ended('TS1'), s1.status('available'));
  const solved = await solveSite(buildAnyPlan(inputOf(script)).problem, 'auto');
  expect(solved?.plan.importW[0]).toBeCloseTo(CONNECTION_A * 690, -2);
});
