/** What can be wrong with the virtual stations of a run, and with what they say and hear. */

/** Each kind with what it does, for people. */
export const FAULT_KINDS = {
  drop: 'its link breaks again and again',
  liar: 'draws 9 % more than its limit for ever',
  amnesia: 'reboots again and again and forgets the limits of running transactions',
  offline: 'loses its link for good soon after its first transaction limit',
  late: 'carries out and answers calls up to 20 s late, over its reconnects',
  reboot: 'reboots again and again; its transactions end',
  foreign: 'has a default of another management system that limits nobody, at its highest level',
  rejects: 'refuses a third of its transaction limits, and deletes the one in force',
  repeats: 'sends a third of its transaction messages a second time, answered or not',
} as const;

export type FaultKind = keyof typeof FAULT_KINDS;

export interface StationFault {
  readonly kind: FaultKind;
  /** Absent: every station. */
  readonly stationId?: string;
}

export interface FaultPlan {
  readonly faults: readonly StationFault[];
  /** Of the OCPP frames of each direction, 0..1; above 0 links break at random as well. */
  readonly lossFraction: number;
}

export const NO_FAULTS: FaultPlan = { faults: [], lossFraction: 0 };

/** What the faults did to the transport of a run. */
export interface FaultCounts {
  /** Written by a station and never sent. */
  framesLostOut: number;
  /** Received by a station's socket and never read. */
  framesLostIn: number;
  /** Links that a fault broke. */
  disconnects: number;
}

export const noFaultCounts = (): FaultCounts => ({
  framesLostOut: 0,
  framesLostIn: 0,
  disconnects: 0,
});

/** The faults of one station. */
export function faultsOf(plan: FaultPlan, stationId: string): ReadonlySet<FaultKind> {
  const own = plan.faults.filter((it) => it.stationId === undefined || it.stationId === stationId);
  return new Set(own.map(({ kind }) => kind));
}
