/** What the load command and its fleets tell each other over IPC. */
import type { StartMessage } from '../../simulator/ipc.js';
import type { CallEnd } from '../../simulator/station/link.js';

/** A site and its stations; they connect at once. */
export interface FleetStart {
  readonly type: 'site';
  readonly start: StartMessage;
}

/** A call of a station, seen from the station. */
export interface EndedCall {
  readonly action: string;
  readonly end: CallEnd;
  /** From the call given to the socket to its answer read, real ms. */
  readonly tookMs: number;
}

/** Once per real second, of all sites of the fleet. */
export interface FleetReport {
  readonly type: 'report';
  readonly booted: number;
  readonly charging: number;
  readonly overLimitAmpSeconds: number;
  readonly profilesAccepted: number;
  /** Since the last report. */
  readonly calls: readonly EndedCall[];
  /** Calls that have no answer yet. */
  readonly callsWaiting: number;
  /** How late the fleet's own event loop was since the last report, p99, real ms. */
  readonly ownLagMs: number;
}

export interface FleetReady {
  readonly type: 'ready';
}
