/** What a site takes from the grid now, as far as meters tell. Pure. */
import { inForce } from '../../ledger/index.js';
import { channelVoltageV } from '../control/charge-rate.js';
import { takenW } from '../control/dc-samples.js';
import type { Session } from '../sessions/session.js';
import { evseById } from '../sites/site-index.js';
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

/**
 * Building and vehicles, W; never below zero. A vehicle without a fresh sample counts at what it is told:
 * taken for nothing it would leave room below a peak that is not there.
 */
export function importNowW(view: StateView, nowMs: number): number {
  let vehiclesW = 0;
  for (const session of view.sessions.values()) {
    const { phase, powerW, sampledAtMs = 0 } = session;
    if (phase !== 'active') continue;
    const isFresh = powerW !== undefined && nowMs - sampledAtMs < SAMPLE_FRESH_MS;
    const evse = evseById(view.site, session.evseId);
    vehiclesW += isFresh ? takenW(evse, powerW) : toldW(view, session, nowMs);
  }
  return Math.max(0, otherLoadNowW(view, nowMs) + vehiclesW);
}

function toldW({ site, evses }: StateView, { evseId }: Session, nowMs: number): number {
  const evse = evseById(site, evseId);
  const state = evses.get(evseId);
  if (evse === undefined || state === undefined) return 0;
  const channels = evse.channels.filter(Boolean).length;
  return inForce(state.ledger, nowMs) * channels * channelVoltageV(site);
}
