/** What the load command and its fleets tell each other over IPC. */
import type { StartMessage } from '../../simulator/ipc.js';

/** A site and its stations; they connect at once. */
export interface FleetStart {
  readonly type: 'site';
  readonly start: StartMessage;
}

/** Once per real second, of all sites of the fleet. */
export interface FleetReport {
  readonly type: 'report';
  readonly booted: number;
  readonly charging: number;
  readonly overLimitAmpSeconds: number;
  readonly profilesAccepted: number;
  /** Calls of stations that were answered since the last report, real ms. */
  readonly answeredMs: readonly number[];
  /** How late the fleet's own event loop was since the last report, p99, real ms. */
  readonly ownLagMs: number;
}

export interface FleetReady {
  readonly type: 'ready';
}
