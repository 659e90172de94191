/** What a session draws now, as far as its last meter sample tells. Pure. */
import { ownSettings, worstCaseAt } from '../../ledger/index.js';
import type { PerChannel } from '../../solver/index.js';
import type { SiteState } from '../control/state.js';
import { channelVoltageV } from '../control/charge-rate.js';
import { takenW } from '../control/dc-samples.js';
import { onSupply } from './rotation.js';
import type { EvseStanding } from './snapshot.js';

export interface Draw {
  /** The largest phase, A. */
  readonly drawnA: number;
  readonly powerW: number;
  /** Phases with current; 0 while nothing is drawn. */
  readonly phases: number;
  /** By phase of the supply, where the rotation of the EVSE is known. */
  readonly onSupplyA?: PerChannel<number>;
}

/**
 * A sample from before a cut has settled is known to be too high: then no more counts than what the
 * station may still draw. A later sample counts as it is, above the limit too.
 */
export function drawNow(state: SiteState, standing: EvseStanding, nowMs: number): Draw {
  const { session } = standing;
  if (session === undefined) return { drawnA: 0, powerW: 0, phases: 0 };
  const sampledA = session.drawnA ?? [0, 0, 0];
  const largestA = Math.max(...sampledA);
  const sumA = sampledA.reduce((sum, currentA) => sum + currentA, 0);
  const powerW =
    session.powerW === undefined
      ? sumA * channelVoltageV(state.site)
      : takenW(standing.evse, session.powerW);
  const phases = sampledA.filter((currentA) => currentA > 0).length;
  const onSupplyA = onSupply(standing.evse, sampledA);
  const drawn = { drawnA: largestA, powerW, phases, ...(onSupplyA && { onSupplyA }) };
  const { settings } = state.site;
  const { settleSec } = ownSettings(standing.state.ledger, settings);
  const settledMs = (standing.state.cutAtMs ?? -Infinity) + settleSec * 1000;
  if ((session.sampledAtMs ?? -Infinity) >= settledMs) return drawn;
  const worstA = worstCaseAt(standing.state.ledger, nowMs, settings);
  if (largestA <= worstA) return drawn;
  const fraction = worstA / largestA;
  const lessA = onSupplyA?.map((a) => a * fraction) as unknown as PerChannel<number> | undefined;
  const less = lessA === undefined ? {} : { onSupplyA: lessA };
  return { drawnA: worstA, powerW: powerW * fraction, phases, ...less };
}
