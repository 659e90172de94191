/** The commands as they are typed: what they print, what they refuse, and how they end. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtProgram } from '../support/built-program.js';

const directory = mkdtempSync(join(tmpdir(), 'busbar-bench-cli-'));
const path = (name: string): string => join(directory, name);

const words = (line: string): readonly string[] => line.split(' ');

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function bench(...argv: readonly string[]): Ended {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [builtProgram('benchmarks/run.ts'), ...argv],
    { encoding: 'utf8' },
  );
  return { code: status, out: stdout, err: stderr };
}

type Json = Readonly<Record<string, never>> & { readonly [key: string]: Json[] & Json };

/** The one line of stdout of a command that was asked for JSON alone. */
function jsonOf({ out }: Ended): Json {
  expect(out.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(out) as Json;
}

function expectKeys(of: Json | undefined, keys: string): void {
  for (const key of keys.split(' ')) expect(of, key).toHaveProperty(key);
}

beforeAll(() => {
  const evses = ['AB', 'BC', 'CA'].map((connection) => ({
    id: connection,
    connection,
    phase_angle_deg: { AB: 30, BC: -90, CA: 150 }[connection],
    voltage: 208,
    max_rate_A: 32,
    continuous: false,
    allowable_pilots_A: [0, 8, 16, 24, 32],
  }));
  const constraints = (
    [
      ['Secondary A', 200, [1, 0, -1]],
      ['Secondary B', 200, [-1, 1, 0]],
      ['Secondary C', 200, [0, -1, 1]],
      ['Primary A', 90, [0.25, 0.25, -0.5]],
      ['Primary B', 90, [-0.5, 0.25, 0.25]],
      ['Primary C', 90, [0.25, -0.5, 0.25]],
    ] as const
  ).map(([name, limit, weights]) => ({
    name,
    limit_A: limit,
    coefficients: Object.fromEntries(
      evses.flatMap(({ id }, at) => (weights[at] === 0 ? [] : [[id, weights[at]]])),
    ),
  }));
  writeFileSync(path('network.json'), JSON.stringify({ evses, constraints }));
  const header = 'arrival_local,departure_local,requested_kwh,station_id,session_id,battery_max_kw';
  const sessions = evses.map(
    ({ id }) => `2019-03-04T08:00:00,2019-03-04T09:00:00,5,${id},s-${id},6.6`,
  );
  writeFileSync(path('sessions.csv'), [header, ...sessions].join('\n'));
  mkdirSync(path('folder'));
});

afterAll(() => rmSync(directory, { recursive: true }));

function small(...more: readonly string[]): Ended {
  const files = `--site ${path('network.json')} --sessions ${path('sessions.csv')}`;
  return bench(...words(`replay ${files} --from 2019-03-04 --to 2019-03-05 --jobs 1`), ...more);
}

describe('plan', () => {
  const argv = words('plan --sessions 6 --phases 1 --seeds 2 --warm-up 1 --json');

  test('answers runs and a summary, and ends by its threshold', () => {
    const svg = path('plan.svg');
    const ended = bench(...argv, '--threshold', '1e9', '--svg', svg);
    expect(ended.code).toBe(1);
    expect(ended.err).toMatch(/6 sessions, 1 phases: .* times faster than HiGHS, 1000000000 are/);
    expect(ended.err).toContain('3 / 3');
    expect(existsSync(svg)).toBe(true);
    const { runs = [], summary = [] } = jsonOf(ended);
    // Ours, and HiGHS in two modes, for two seeds.
    expect(runs).toHaveLength(6);
    for (const run of runs) {
      expectKeys(
        run,
        'engine sessions phases seed mode cpuMs wallMs objective gap violationKw iterations',
      );
    }
    expect(summary).toHaveLength(1);
    expectKeys(summary[0], 'sessions phases mode vsHighs vsJavascriptLpSolver');
    expect(summary[0]?.['vsHighs']).toBeGreaterThan(0);
    expect(bench(...argv, '--threshold', '1e-9').code).toBe(0);
  });

  test('compares with javascript-lp-solver as far as that comes', () => {
    const slow = bench(
      ...words('plan --sessions 2000,6 --phases 1 --seeds 1 --warm-up 1 --markdown'),
      ...words('--engines structured,javascript-lp-solver --javascript-threshold 1e-9'),
    );
    expect(slow.err).not.toContain('are asked for');
    expect(slow.code).toBe(0);
    expect(slow.out).toMatch(/\| 1 \| 6 \|.* x \|/);
    expect(slow.out).toMatch(/\| 1 \| 2000 \|.*\| not run \|/);
  });

  test.each([
    ['--threshold', 'structured,javascript-lp-solver', 'highs'],
    ['--threshold', 'highs', 'structured'],
    ['--javascript-threshold', 'structured,highs', 'javascript-lp-solver'],
  ])('%s with %s compares nothing and is refused', (flag, engines, missing) => {
    const ended = bench('plan', '--engines', engines, flag, '9999');
    expect(ended.code).toBe(1);
    expect(ended.err).toContain(`${flag} needs --engines with ${missing}`);
    expect(ended.out).toBe('');
  });
});

describe('allocate', () => {
  const argv = words('allocate --evses 4,6 --phases 1 --seeds 2 --json');

  test('answers medians and 99th percentiles, and ends by its thresholds', () => {
    const ended = bench(...argv, '--threshold', '1e6,0');
    expect(ended.code).toBe(1);
    expect(ended.err).toMatch(/6 EVSEs, 1 phases: the kernel takes .* us, 0 are allowed/);
    expect(ended.err).not.toContain('4 EVSEs, 1 phases: the kernel');
    const { summary = [] } = jsonOf(ended);
    expect(summary.map((it) => it['evses'])).toEqual([4, 6]);
    for (const it of summary) {
      expectKeys(it, 'phases kernelUs kernelP99Us wholeUs wholeP99Us wholeTimesKernel violations');
    }
    expect(bench(...argv, '--threshold', '1e6,1e6').code).toBe(0);
  });

  test.each(['9', '9,9,9'])('thresholds %s are not one for each of two sizes', (list) => {
    const ended = bench(...argv, '--threshold', list);
    expect(ended.code).toBe(1);
    expect(ended.err).toContain('2 are wanted: one for each size');
    expect(ended.out).toBe('');
  });
});

describe('replay', () => {
  test('answers rows and bounds, and ends by its threshold', () => {
    const argv = ['--capacity-kva', '5,50', '--policies', 'busbar,fcfs', '--json'];
    const ended = small(...argv, '--threshold', '99.9,1');
    expect(ended.code).toBe(1);
    expect(ended.err).toMatch(/busbar, 5 kVA: .* % of the energy, 99.9 are asked for/);
    expect(ended.err).toContain('6 / 6');
    const { rows = [], bounds = [] } = jsonOf(ended);
    expect(rows.map((it) => `${it['policy']} ${it['capacityKva']}`)).toEqual([
      'busbar 5',
      'fcfs 5',
      'busbar 50',
      'fcfs 50',
    ]);
    for (const row of rows) {
      expectKeys(
        row,
        'policy capacityKva pilots energyPercent sessionsServedPercent worstDecilePercent peakKw bill startsPerSession overloadAmpSeconds cpuMsPerStep',
      );
      expectKeys(row['cpuMsPerStep'], 'p50 p99');
      expect(row['overloadAmpSeconds']).toBe(0);
    }
    expect(bounds).toHaveLength(2);
    for (const it of bounds) {
      expectKeys(
        it,
        'capacityKva perSessionCapPercent optimumUpperPercent optimumLowerPercent optimumBill',
      );
    }
    expect(small(...argv, '--no-bounds', '--threshold', '1,1').code).toBe(0);
  });

  test.each([
    ['a threshold without its row', ['--policies', 'fcfs', '--threshold', '99'], '--threshold'],
    ['fewer thresholds than sizes', ['--capacity-kva', '5,50', '--threshold', '9'], '--threshold'],
    ['a site as its tariff', ['--tariff', path('network.json')], '--tariff'],
    ['sessions as its tariff', ['--tariff', path('sessions.csv')], '--tariff'],
    ['sessions as its site', ['--site', path('sessions.csv')], '--site'],
    ['a site as its sessions', ['--sessions', path('network.json')], '--sessions'],
    ['a site as its load', ['--load', path('network.json')], '--load'],
    ['a zone that is none', ['--time-zone', 'Mars/Olympus'], '--time-zone'],
    ['a day that is none', ['--from', '2019-02-30'], '--from'],
    ['a word for a day', ['--to', 'tomorrow'], '--to'],
    ['days the wrong way round', ['--from', '2019-03-06'], '--from 2019-03-06 is not before --to'],
    ['days without a session', ['--to', '2020-03-09', '--from', '2020-03-08'], '--sessions'],
    ['seven minutes of demand', ['--demand-interval', '7'], '12, 15, 20, 30, 60 is wanted'],
    ['a plot in no folder', ['--svg', path('none/plot.svg')], '--svg'],
    ['a folder as its plot', ['--svg', path('folder')], '--svg'],
  ])('refuses %s before it plays anything', (_, argv, named) => {
    const ended = small(...argv, '--json');
    expect(ended.code).toBe(1);
    expect(ended.err).toContain(named);
    expect(ended.err.trimEnd().split('\n')).toHaveLength(1);
    expect(ended.out).toBe('');
  });
});
