/** A line chart as SVG text, on a light ground that also reads in dark pages. */

export interface Series {
  readonly name: string;
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** What is not ours, or a bound. */
  readonly isDashed?: boolean;
}

export interface Chart {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly Series[];
  /** Both axes logarithmic; all values are above 0 then. */
  readonly isLogarithmic?: boolean;
}

const WIDTH = 760;
const HEIGHT = 420;
const LEFT = 70;
const RIGHT = 210;
const TOP = 46;
const BOTTOM = 52;
const LEGEND_LINE = 20;
/** Told apart also by those who see fewer colours (Okabe and Ito 2008). */
const COLOURS = [
  '#0072b2',
  '#d55e00',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#000000',
  '#882255',
  '#999999',
  '#b2a600',
];
const TICKS_WANTED = 6;

interface Axis {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Series without points are left out. */
export function lineChart(chart: Chart): string {
  const series = chart.series.filter((it) => it.points.length > 0);
  const all = series.flatMap((it) => it.points);
  const isLogarithmic = chart.isLogarithmic === true;
  const x = axis(
    all.map((it) => it.x),
    [LEFT, WIDTH - RIGHT],
    isLogarithmic,
  );
  const y = axis(
    all.map((it) => it.y),
    [HEIGHT - BOTTOM, TOP],
    isLogarithmic,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img" aria-label="${escaped(chart.title)}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>`,
    `<text x="${LEFT}" y="24" font-size="15" font-weight="bold">${escaped(chart.title)}</text>`,
    ...x.ticks.map((tick) => xTick(tick, x.at(tick))),
    ...y.ticks.map((tick) => yTick(tick, y.at(tick))),
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 12}" text-anchor="middle">${escaped(chart.xLabel)}</text>`,
    `<text transform="translate(18 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle">${escaped(chart.yLabel)}</text>`,
    ...series.map((it, index) => lineOf(it, index, x, y)),
    ...series.map((it, index) => legendOf(it, index)),
    '</svg>',
    '',
  ].join('\n');
}

const place = (value: number): string => value.toFixed(1);

function xTick(tick: number, at: number): string {
  return (
    `<line x1="${place(at)}" x2="${place(at)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="#e0e0e0"/>` +
    `<text x="${place(at)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${shown(tick)}</text>`
  );
}

function yTick(tick: number, at: number): string {
  return (
    `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${place(at)}" y2="${place(at)}" stroke="#e0e0e0"/>` +
    `<text x="${LEFT - 8}" y="${place(at + 4)}" text-anchor="end">${shown(tick)}</text>`
  );
}

const shown = (tick: number): string => Number(tick.toPrecision(6)).toLocaleString('en-US');

const strokeOf = ({ isDashed }: Series, index: number): string =>
  `stroke="${COLOURS[index % COLOURS.length]}" stroke-width="2"${isDashed === true ? ' stroke-dasharray="6 4"' : ''}`;

function lineOf(series: Series, index: number, x: Axis, y: Axis): string {
  const places = series.points.map((it) => `${place(x.at(it.x))},${place(y.at(it.y))}`);
  const marks = series.points.map(
    (it) =>
      `<circle cx="${place(x.at(it.x))}" cy="${place(y.at(it.y))}" r="3" fill="${COLOURS[index % COLOURS.length]}"><title>${escaped(series.name)}: ${shown(it.y)}</title></circle>`,
  );
  return `<polyline points="${places.join(' ')}" fill="none" ${strokeOf(series, index)}/>${marks.join('')}`;
}

function legendOf(series: Series, index: number): string {
  const left = WIDTH - RIGHT + 16;
  const top = TOP + 8 + index * LEGEND_LINE;
  return (
    `<line x1="${left}" x2="${left + 22}" y1="${top}" y2="${top}" ${strokeOf(series, index)}/>` +
    `<text x="${left + 28}" y="${top + 4}">${escaped(series.name)}</text>`
  );
}

function axis(
  values: readonly number[],
  [from, to]: readonly [number, number],
  isLogarithmic: boolean,
): Axis {
  const least = Math.min(...values);
  const most = Math.max(...values);
  if (isLogarithmic) {
    const low = Math.floor(Math.log10(least));
    const high = Math.max(low + 1, Math.ceil(Math.log10(most)));
    return {
      at: (value) => from + ((Math.log10(value) - low) / (high - low)) * (to - from),
      ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
    };
  }
  const step = stepOf(most > least ? most - least : Math.max(1, Math.abs(most)));
  const low = Math.floor(least / step) * step;
  const count = Math.max(1, Math.ceil((most - low) / step - 1e-9));
  return {
    at: (value) => from + ((value - low) / (count * step)) * (to - from),
    ticks: Array.from({ length: count + 1 }, (_, index) => low + index * step),
  };
}

/** 1, 2 or 5 times a power of ten. */
function stepOf(span: number): number {
  const rough = span / TICKS_WANTED;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((it) => it * power >= rough) ?? 10);
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
