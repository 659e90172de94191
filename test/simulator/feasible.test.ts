import { expect, test } from 'vitest';
import { feasibleWh } from '../../simulator/feasible/feasible-wh.js';
import { type FeasibleInput, buildModel } from '../../simulator/feasible/linear-model.js';
import { solveModel } from '../../simulator/feasible/solve.js';
import { localMs, readSessions } from '../../simulator/sessions/read-sessions.js';
import { fitSite } from '../../simulator/sessions/fit-site.js';
import type { Rating, SiteFile } from '../../simulator/site-file.js';
import { caltechSite, sharedFile } from './acn-site.js';

const HOUR_MS = 3_600_000;

function site(supply: 'wye' | 'delta', limits: readonly Rating[]): SiteFile {
  const channels =
    supply === 'wye'
      ? ([
          [true, true, true],
          [true, true, true],
        ] as const)
      : ([
          [true, false, false],
          [false, false, true],
        ] as const);
  return {
    id: 'site',
    name: 'site',
    timeZone: 'UTC',
    supply,
    voltageLineToNeutralV: supply === 'wye' ? 230 : 120,
    voltageLineToLineV: supply === 'wye' ? 400 : 208,
    circuits: [{ id: 'grid', name: 'grid', limits, baseLoadMaxA: [0, 0, 0] }],
    stations: channels.map((own, index) => ({
      id: `S${index}`,
      evses: [
        {
          evseNumber: 1,
          circuitId: 'grid',
          channels: own,
          currentMaxA: 32,
          pilots: { kind: 'continuous', minA: 6, stepA: 1 } as const,
        },
      ],
    })),
  };
}

const visit = (index: number, fromH: number, toH: number, energyWh: number) => ({
  sessionId: `v${index}-${fromH}`,
  stationId: `S${index}`,
  evseNumber: 1,
  arrivalAtMs: fromH * HOUR_MS,
  departureAtMs: toH * HOUR_MS,
  energyWh,
});

async function bound(input: Partial<FeasibleInput> & Pick<FeasibleInput, 'site' | 'sessions'>) {
  return await solveModel(buildModel({ fromMs: 0, toMs: 4 * HOUR_MS, orders: [], ...input }));
}

const WYE_20: Rating = { kind: 'wye', limitA: [20, 20, 20] };

test('one vehicle is bounded by its need, its stay and its maximum', async () => {
  const one = site('wye', [WYE_20]);
  expect(await bound({ site: one, sessions: [visit(0, 0, 4, 10_000)] })).toBeCloseTo(10_000, 3);
  expect(await bound({ site: one, sessions: [visit(0, 0, 1, 1e6)] })).toBeCloseTo(20 * 690, 3);
  const slow = { ...visit(0, 0, 1, 1e6), maxPowerW: 6900 };
  expect(await bound({ site: one, sessions: [slow] })).toBeCloseTo(6900, 3);
});

test('vehicles share what each phase carries', async () => {
  const shared = site('wye', [WYE_20]);
  const both = [visit(0, 0, 2, 1e6), visit(1, 0, 2, 1e6)];
  expect(await bound({ site: shared, sessions: both })).toBeCloseTo(20 * 690 * 2, 3);
  const single = [{ ...visit(0, 0, 2, 1e6), phases: 1 }];
  expect(await bound({ site: shared, sessions: single })).toBeCloseTo(20 * 230 * 2, 3);
});

test('an order counts while it is in force, a lifted one no more', async () => {
  const orders = [{ atMs: 0 }, { atMs: HOUR_MS, importLimitW: 6900 }, { atMs: 2 * HOUR_MS }];
  const sessions = [visit(0, 0, 3, 1e6)];
  const wh = await bound({ site: site('wye', [WYE_20]), sessions, orders });
  expect(wh).toBeCloseTo(13_800 + 6900 + 13_800, 0);
});

test('two pairs add as phasors on a shared line: 10 A each at 17.32 A', async () => {
  const lines: Rating = { kind: 'line', limitA: [10 * Math.sqrt(3), 100, 100] };
  const sessions = [visit(0, 0, 1, 1e6), visit(1, 0, 1, 1e6)];
  const wh = (await bound({ site: site('delta', [lines]), sessions })) ?? 0;
  const exactWh = 2 * 10 * 208;
  expect(wh).toBeGreaterThanOrEqual(exactWh - 1e-3);
  expect(wh).toBeLessThan(exactWh * 1.0011);
});

test('the bound runs in a thread of its own, and is null when it takes too long', async () => {
  const input = {
    site: site('wye', [WYE_20]),
    sessions: [visit(0, 0, 1, 1e6)],
    fromMs: 0,
    toMs: 4 * HOUR_MS,
    orders: [],
  };
  expect(await feasibleWh(input)).toBeCloseTo(13_800, 3);
  expect(await feasibleWh(input, 0)).toBeNull();
}, 20_000);

test('a real day at 40 kVA: 12 March can be served to 87.5 % only', async () => {
  const network = sharedFile('sites/caltech_acn.json');
  const march = sharedFile('acn-portal-march2019/caltech_march2019_sessions.csv');
  if (network === undefined || march === undefined) return;
  const garage = caltechSite(network, 40);
  const { timeZone } = garage;
  const window = { timeZone, from: '2019-03-12', to: '2019-03-13' };
  const fromMs = localMs(window.from, timeZone);
  const { sessions, ignored } = fitSite(garage, readSessions(march, window), fromMs);
  expect(ignored).toEqual([]);
  const toMs = localMs(window.to, timeZone);
  const wh = await bound({ site: garage, sessions, fromMs, toMs });
  const requestedWh = sessions.reduce((sumWh, session) => sumWh + session.energyWh, 0);
  expect((wh ?? 0) / requestedWh).toBeCloseTo(0.875, 2);
}, 60_000);
