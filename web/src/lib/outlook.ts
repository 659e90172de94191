/** The ceiling over the next hours as a drawing: steps to pixels. Site time, kW. */
import type { CeilingEvse, SiteCeiling } from './wire';

type TotalStep = SiteCeiling['total']['steps'][number];

export interface Drawing {
  readonly ceiling: string;
  /** The same, closed along the floor of the drawing: what may be drawn at worst. */
  readonly area: string;
  readonly limit: string;
  readonly floorY: number;
  /** Where what is drawn now stands. */
  readonly nowY: number;
  readonly times: readonly { readonly x: number; readonly atMs: number }[];
  readonly heights: readonly { readonly y: number; readonly powerW: number }[];
}

export interface Frame {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Room for the numbers at the left and the times below, px. */
export const LEFT_PX = 50;
export const BELOW_PX = 22;
const TOP_PX = 8;
const RIGHT_PX = 10;
const AIR = 1.08;
/** A ceiling further above the limit than this leaves the drawing: the sentence tells its value. */
const CEILING_SHOWN = 1.6;
const TIME_EVERY_PX = 62;
/** Half of a time, and the word at the left end. */
const TIME_HALF_PX = 18;
const NOW_PX = 34;
const TIME_STEPS_MIN = [5, 10, 15, 30, 60, 120, 180, 240, 360, 480] as const;
const MINUTE_MS = 60_000;
const HEIGHT_STEPS_KW = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000] as const;

export function draw(outlook: SiteCeiling, powerW: number, frame: Frame): Drawing {
  const { steps, floorW } = outlook.total;
  const fromMs = Date.parse(outlook.at);
  const untilMs = Date.parse(outlook.untilAt);
  const limitMaxW = Math.max(1, powerW, ...steps.map((step) => step.limitW));
  const ceilingMaxW = Math.max(0, floorW, ...steps.map((step) => step.ceilingW));
  const topW = AIR * Math.max(limitMaxW, Math.min(ceilingMaxW, CEILING_SHOWN * limitMaxW));
  const bottom = frame.heightPx - BELOW_PX;
  const widthPx = Math.max(1, frame.widthPx - LEFT_PX - RIGHT_PX);
  const x = (atMs: number) => LEFT_PX + (widthPx * (atMs - fromMs)) / (untilMs - fromMs);
  const y = (w: number) => Math.max(0, bottom - ((bottom - TOP_PX) * w) / topW);
  const line = (valueOf: (step: TotalStep) => number) => stepped(steps, valueOf, { x, y, untilMs });
  const ceiling = line((step) => step.ceilingW);
  return {
    ceiling,
    area: `${ceiling}V${bottom}H${LEFT_PX}Z`,
    limit: line((step) => step.limitW),
    floorY: y(floorW),
    nowY: y(powerW),
    times: timesOf(fromMs, untilMs, widthPx).map((atMs) => ({ x: x(atMs), atMs })),
    heights: heightsOf(topW, bottom - TOP_PX).map((w) => ({ y: y(w), powerW: w })),
  };
}

function stepped(
  steps: readonly TotalStep[],
  valueOf: (step: TotalStep) => number,
  to: { x: (atMs: number) => number; y: (w: number) => number; untilMs: number },
): string {
  const parts = steps.map((step, index) => {
    const at = `${to.x(Date.parse(step.fromAt)).toFixed(1)}`;
    const height = to.y(valueOf(step)).toFixed(1);
    return index === 0 ? `M${at} ${height}` : `H${at}V${height}`;
  });
  return `${parts.join('')}H${to.x(to.untilMs).toFixed(1)}`;
}

/** Whole steps of the clock, as many as there is room for. */
function timesOf(fromMs: number, untilMs: number, widthPx: number): readonly number[] {
  const most = Math.max(1, Math.floor(widthPx / TIME_EVERY_PX));
  const spanMs = untilMs - fromMs;
  const stepMin =
    TIME_STEPS_MIN.find((min) => spanMs / (min * MINUTE_MS) <= most) ?? TIME_STEPS_MIN.at(-1);
  const stepMs = (stepMin ?? 60) * MINUTE_MS;
  const pxMs = spanMs / widthPx;
  const lastMs = untilMs - TIME_HALF_PX * pxMs;
  const found: number[] = [];
  for (let atMs = Math.ceil(fromMs / stepMs) * stepMs; atMs < lastMs; atMs += stepMs) {
    if (atMs > fromMs + (NOW_PX + TIME_HALF_PX) * pxMs) found.push(atMs);
  }
  return found;
}

function heightsOf(topW: number, heightPx: number): readonly number[] {
  const most = Math.max(1, Math.floor(heightPx / 38));
  const stepKw = HEIGHT_STEPS_KW.find((kw) => topW / 1000 / kw <= most) ?? 1000;
  const found: number[] = [];
  for (let w = 0; w <= topW; w += stepKw * 1000) found.push(w);
  return found;
}

/** EVSEs for which something is reserved, most first. */
export function reservedOf(outlook: SiteCeiling): readonly CeilingEvse[] {
  const some = outlook.evses.filter((evse) => evse.text !== undefined);
  return some.toSorted((a, b) => b.reservedW - a.reservedW || (a.evseId < b.evseId ? -1 : 1));
}

/** When the ceiling is down to where it stays; undefined: it does not fall within the horizon. */
export function settledAt(outlook: SiteCeiling): string | undefined {
  const last = outlook.total.steps.at(-1);
  if (last === undefined || outlook.total.steps.length < 2) return undefined;
  const lowest = outlook.total.steps.find((step) => step.ceilingW <= last.ceilingW);
  return lowest?.fromAt;
}

export interface Excess {
  readonly fromAt: string;
  readonly powerW: number;
}

/** Rounding of watts that nobody sees. */
const SHOWN_W = 50;

/** When the ceiling is above the limit first, and by how much at the most; undefined: never. */
export function excessOf(outlook: SiteCeiling): Excess | undefined {
  const over = outlook.total.steps.filter((step) => step.ceilingW > step.limitW + SHOWN_W);
  const [first] = over;
  if (first === undefined) return undefined;
  const powerW = Math.max(...over.map((step) => step.ceilingW - step.limitW));
  return { fromAt: first.fromAt, powerW };
}
