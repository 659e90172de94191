/** The last minutes as the page has seen them: what the plot draws. Site time. */
import type { LiveSite } from './wire';

export interface Moment {
  readonly atMs: number;
  readonly limitW: number;
  readonly ceilingW: number;
  readonly otherLoadW: number;
  readonly powerW: ReadonlyMap<string, number>;
}

/** Real time that the plot looks back, and the least distance of two moments. */
const WINDOW_REAL_MS = 10 * 60_000;
const STEP_REAL_MS = 500;

/** Adds a picture; leaves out what is too close to the last and drops what is too old. */
export function withPicture(history: readonly Moment[], live: LiveSite): readonly Moment[] {
  const atMs = Date.parse(live.at);
  const last = history.at(-1);
  if (last !== undefined && atMs <= last.atMs) return atMs < last.atMs ? [momentOf(live)] : history;
  const beforeLast = history.at(-2);
  const crowded =
    last !== undefined &&
    beforeLast !== undefined &&
    last.atMs - beforeLast.atMs < STEP_REAL_MS * live.speed;
  const kept = crowded ? history.slice(0, -1) : history;
  const oldestMs = atMs - WINDOW_REAL_MS * live.speed;
  return [...kept.filter((moment) => moment.atMs >= oldestMs), momentOf(live)];
}

function momentOf(live: LiveSite): Moment {
  return {
    atMs: Date.parse(live.at),
    limitW: live.limitW,
    ceilingW: live.ceilingW,
    otherLoadW: live.otherLoadW,
    powerW: new Map(live.evses.map((evse) => [evse.evseId, evse.powerW])),
  };
}
