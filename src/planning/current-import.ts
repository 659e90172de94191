/** What a site takes from the grid now, as far as meters tell. Pure. */
import type { StateView } from '../sites/snapshot.js';
import { otherLoadA } from '../sites/other-load.js';
import { baseLoadNow } from '../sites/tiers.js';
import { powerOf } from './site-history.js';

/** A sample of a vehicle that is older tells nothing of now. */
const SAMPLE_FRESH_MS = 300_000;

/** The building: measured where a meter is fresh, else the declared worst; W. */
export function otherLoadNowW(view: StateView, nowMs: number): number {
  const { site } = view;
  const root = site.circuits.find((it) => it.parentId === undefined);
  if (root === undefined) return 0;
  const currentA = otherLoadA(site.circuits, root, (circuit) => baseLoadNow(view, circuit, nowMs));
  return powerOf(site, currentA);
}

/** Building and vehicles, W; never below zero. */
export function importNowW(view: StateView, nowMs: number): number {
  let vehiclesW = 0;
  for (const { phase, powerW = 0, sampledAtMs = 0 } of view.sessions.values()) {
    if (phase === 'active' && nowMs - sampledAtMs < SAMPLE_FRESH_MS) vehiclesW += powerW;
  }
  return Math.max(0, otherLoadNowW(view, nowMs) + vehiclesW);
}
