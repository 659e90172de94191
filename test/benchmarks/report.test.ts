/** The report and its plots: what is in them, not how long it took. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { replayChart } from '../../benchmarks/replay/plot.js';
import type { Row } from '../../benchmarks/replay/row.js';
import { renderReport } from '../../benchmarks/report/render.js';
import { readResult, type Result, writeResult } from '../../benchmarks/report/results.js';
import { commandOf, runSection } from '../../benchmarks/report/run-section.js';
import { SECTIONS } from '../../benchmarks/report/sections.js';
import { lineChart } from '../../benchmarks/svg/line-chart.js';

const folder = mkdtempSync(join(tmpdir(), 'busbar-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

const row = (policy: Row['policy'], capacityKva: number, energyPercent: number): Row => ({
  policy,
  capacityKva,
  knows: 'claims',
  pilots: 'discrete',
  energyPercent,
  sessionsServedPercent: 90,
  worstDecilePercent: 50,
  peakKw: 30,
  bill: null,
  importKwh: 100,
  pvSelfConsumedPercent: null,
  startsPerSession: 1.2,
  overloadAmpSeconds: 0,
  cpuMsPerStep: { p50: 1, p99: 2 },
  memoryPeakMb: 100,
});

/** x and y of each point of the lines. */
const pointsOf = (svg: string): readonly (readonly number[])[] =>
  [...svg.matchAll(/points="([^"]*)"/g)].flatMap(([, text = '']) =>
    text.split(' ').map((it) => it.split(',').map(Number)),
  );

test('a chart has a line for each series, within its frame, and escapes its names', () => {
  const svg = lineChart({
    title: 'a < b & c',
    xLabel: 'x',
    yLabel: 'y',
    series: [
      { name: 'one', points: [10, 20, 30].map((x) => ({ x, y: x * x })) },
      { name: 'none', points: [] },
      { name: 'flat', isDashed: true, points: [{ x: 10, y: 400 }] },
    ],
  });
  expect(svg).toContain('a &lt; b &amp; c');
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  const points = pointsOf(svg);
  expect(points).toHaveLength(4);
  for (const [x = -1, y = -1] of points) {
    expect(x).toBeGreaterThanOrEqual(70);
    expect(x).toBeLessThanOrEqual(550);
    expect(y).toBeGreaterThanOrEqual(46);
    expect(y).toBeLessThanOrEqual(368);
  }
  // Higher values stand higher.
  expect(points[2]?.[1]).toBeLessThan(points[1]?.[1] ?? 0);
});

test('a logarithmic chart has equal steps for equal ratios', () => {
  const points = [1, 10, 100].map((x) => ({ x, y: x }));
  const series = [{ name: 'one', points }];
  const [a, b, c] = pointsOf(
    lineChart({ title: 't', xLabel: 'x', yLabel: 'y', isLogarithmic: true, series }),
  );
  expect((c?.[0] ?? 0) - (b?.[0] ?? 0)).toBeCloseTo((b?.[0] ?? 0) - (a?.[0] ?? 0), 0);
});

test('a replay is drawn by policy, with perfect foresight dashed', () => {
  const chart = replayChart(
    [row('busbar', 20, 77), row('busbar', 30, 91), row('uncontrolled', 20, 99)],
    [],
  );
  expect(chart.series.map((it) => it.name)).toEqual(['perfect foresight', 'busbar']);
  expect(chart.series[1]?.points).toEqual([
    { x: 20, y: 77 },
    { x: 30, y: 91 },
  ]);
});

test('a section is run by the command that the report names, with its plot', async () => {
  const section = {
    id: 'small',
    title: 'Small',
    text: 'Small.',
    argv: ['allocate', '--evses', '4', '--phases', '1', '--seeds', '2'],
  };
  const result = await runSection(section, { data: '/nowhere', folder });
  expect(result.failure).toBeUndefined();
  expect(result.command).toBe('npm run bench -- allocate --evses 4 --phases 1 --seeds 2');
  expect(result.markdown).toMatch(/^\| phases \| EVSEs/);
  expect(readFileSync(join(folder, 'plots', 'small.svg'), 'utf8')).toContain('<svg');
  writeResult(folder, result);
  expect(readResult(folder, 'small')).toEqual(result);
  expect(readResult(folder, 'other')).toBeUndefined();
}, 120_000);

test('a section whose command fails says why', async () => {
  const section = { id: 'wrong', title: 'Wrong', text: '', argv: ['allocate', '--evses', 'many'] };
  const { failure } = await runSection(section, { data: '', folder });
  expect(failure).toContain('many');
}, 60_000);

test('the report has all sections, ours beside what is quoted, and what is missing', () => {
  const caltech: Result = {
    id: 'caltech',
    command: commandOf(SECTIONS.find(({ id }) => id === 'caltech') ?? (SECTIONS[0] as never)),
    ranAt: '2026-01-02T03:04:05.000Z',
    markdown: '| table |',
    rows: [row('busbar', 20, 77.123), row('planner', 30, 91.5)],
    failure: 'something',
  };
  const report = renderReport(
    SECTIONS,
    (id) => (id === 'caltech' ? caltech : undefined),
    (id) => id === 'caltech',
  );
  for (const { title } of SECTIONS) expect(report).toContain(`## ${title}`);
  expect(report).toContain('| busbar, measured here | 77.12 | - | - | - |');
  expect(report).toContain('| EDF of acnportal 0.3.3, quoted | 71.86 |');
  expect(report).toContain('(plots/caltech.svg)');
  expect(report).toContain('Measured on 2026-01-02.');
  expect(report).toContain('did not end well');
  expect(report.match(/Not measured yet/g)).toHaveLength(SECTIONS.length - 1);
  expect(existsSync(join(folder, 'REPORT.md'))).toBe(false);
});
