/** The stacked plot: other load, one filled area per EVSE over it, the limit, the ceiling dashed. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clock, clockMinute } from './format';
import type { Moment } from './history';
import { fillOf } from './fill';
import type { Ink } from './palette';

export interface Plot {
  show(history: readonly Moment[]): void;
  destroy(): void;
}

/** A time closer than this to an end of the axis would be cut off. */
const EDGE_PX = 24;

/** `onPoint` gets the index of the moment under the cursor, or undefined. */
export function newPlot(
  frame: HTMLElement,
  inks: ReadonlyMap<string, Ink>,
  timeZone: string,
  onPoint: (index: number | undefined) => void,
): Plot {
  const evseIds = [...inks.keys()];
  let topKw = 1;
  const plot = new uPlot(
    {
      ...sizeOf(frame),
      legend: { show: false },
      padding: [8, 6, 0, 0],
      cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
      scales: {
        x: { time: false },
        y: { range: () => [0, topKw] },
      },
      axes: axesOf(timeZone, frame.clientWidth),
      series: [{}, ...areasOf(evseIds, inks), otherArea(), ...linesOf()],
      hooks: { setCursor: [(self) => onPoint(self.cursor.idx ?? undefined)] },
    },
    [[], ...evseIds.map(() => []), [], [], []],
    frame,
  );
  const observer = new ResizeObserver(() => plot.setSize(sizeOf(frame)));
  observer.observe(frame);
  return {
    show(history) {
      topKw = topOf(history);
      plot.setData(columnsOf(history, evseIds));
    },
    destroy() {
      observer.disconnect();
      plot.destroy();
    },
  };
}

/**
 * Sums from the bottom up. The highest sum is drawn first and the others over it, so that each
 * area shows its own share.
 */
function columnsOf(history: readonly Moment[], evseIds: readonly string[]): uPlot.AlignedData {
  const times = history.map((moment) => moment.atMs / 1000);
  const other = history.map((moment) => moment.otherLoadW / 1000);
  const sums = [...other];
  const stacked = evseIds.map((id) =>
    history.map((moment, index) => {
      const sum = (sums[index] ?? 0) + (moment.powerW.get(id) ?? 0) / 1000;
      sums[index] = sum;
      return sum;
    }),
  );
  const limit = history.map((moment) => moment.limitW / 1000);
  const ceiling = history.map((moment) => moment.ceilingW / 1000);
  return [times, ...stacked.reverse(), other, limit, ceiling];
}

function areasOf(evseIds: readonly string[], inks: ReadonlyMap<string, Ink>): uPlot.Series[] {
  const paper = cssColour('--panel');
  return [...evseIds].reverse().map((id) => ({
    label: id,
    stroke: paper,
    width: 0.75,
    fill: fillOf(inks.get(id)),
    points: { show: false },
    ...stepped(),
  }));
}

function otherArea(): uPlot.Series {
  const fill = cssColour('--other');
  return {
    label: 'other load',
    stroke: fill,
    width: 0.75,
    fill,
    points: { show: false },
    ...stepped(),
  };
}

/** A sample holds until the next: a slope to it would cross a ceiling that was kept. */
function stepped(): Pick<uPlot.Series, 'paths'> {
  const paths = uPlot.paths.stepped?.({ align: 1 });
  return paths === undefined ? {} : { paths };
}

function linesOf(): uPlot.Series[] {
  const steps = stepped();
  return [
    { label: 'limit', stroke: cssColour('--limit'), width: 2, points: { show: false }, ...steps },
    {
      label: 'ceiling',
      stroke: cssColour('--ceiling'),
      width: 1.5,
      dash: [5, 4],
      points: { show: false },
      ...steps,
    },
  ];
}

function axesOf(timeZone: string, widthPx: number): uPlot.Axis[] {
  const shared = {
    stroke: cssColour('--muted'),
    font: '12px system-ui, sans-serif',
    ticks: { show: false },
  };
  const grid = { stroke: cssColour('--line'), width: 1 };
  return [
    {
      ...shared,
      grid: { show: false },
      size: 28,
      space: Math.max(60, Math.min(80, widthPx / 6)),
      incrs: [5, 10, 15, 30, 60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 14_400],
      values: (self, splits, _axis, _space, step) =>
        splits.map((sec) => {
          const { min = sec, max = sec } = self.scales['x'] ?? {};
          const edgeSec = (EDGE_PX * (max - min)) / Math.max(1, self.over.clientWidth);
          if (sec < min + edgeSec || sec > max - edgeSec) return '';
          return (step < 60 ? clock : clockMinute)(sec * 1000, timeZone);
        }),
    },
    {
      ...shared,
      grid,
      size: 52,
      space: 40,
      values: (_self, splits) => splits.map((value) => `${value} kW`),
    },
  ];
}

/** A ceiling further above the limit than this leaves the plot: the tile tells its value. */
const CEILING_SHOWN = 1.5;
const AIR = 1.08;

/** Some air above the limit and what is drawn; a ceiling far above does not flatten the rest. */
function topOf(history: readonly Moment[]): number {
  const tops = history.map(({ limitW, ceilingW, otherLoadW, powerW }) => {
    const drawnW = [...powerW.values()].reduce((sum, each) => sum + each, otherLoadW);
    const scaleW = Math.max(limitW, drawnW);
    return Math.max(scaleW, Math.min(ceilingW, scaleW * CEILING_SHOWN));
  });
  return Math.max(1, (AIR * Math.max(0, ...tops)) / 1000);
}

function sizeOf(frame: HTMLElement): { width: number; height: number } {
  return { width: Math.max(100, frame.clientWidth), height: Math.max(100, frame.clientHeight) };
}

function cssColour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
