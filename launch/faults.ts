/** `--fault` and `--loss` of the demo: read, and held against the stations of the site. */
import { InvalidArgumentError } from 'commander';
import {
  FAULT_KINDS,
  type FaultKind,
  type FaultPlan,
  type StationFault,
} from '../simulator/faults.js';

/** What each side waits for an answer in the field, ms. */
const FIELD_TIMEOUT_MS = { service: 10_000, station: 30_000 } as const;
/** Answers come within this on a busy machine, real ms. */
const TIMEOUT_MIN_MS = 1000;

/**
 * Real ms that each side waits for an answer while frames get lost: as long in site time as in the
 * field. At a high speed a lost call would otherwise outlast leases, which no real one does.
 */
export function callTimeouts(speed: number): {
  readonly serviceMs: number;
  readonly stationMs: number;
} {
  const scaled = (fieldMs: number): number =>
    Math.round(Math.max(TIMEOUT_MIN_MS, fieldMs / Math.max(1, speed)));
  return {
    serviceMs: scaled(FIELD_TIMEOUT_MS.service),
    stationMs: scaled(FIELD_TIMEOUT_MS.station),
  };
}

const isKind = (text: string): text is FaultKind => Object.hasOwn(FAULT_KINDS, text);

/** `kind` or `kind:station`, added to those before it. Throws with the kinds that there are. */
export function collectFault(
  text: string,
  before: readonly StationFault[],
): readonly StationFault[] {
  const [kind = '', ...rest] = text.split(':');
  const stationId = rest.join(':');
  if (!isKind(kind) || (rest.length > 0 && stationId === '')) {
    const kinds = Object.entries(FAULT_KINDS).map(([name, does]) => `  ${name.padEnd(8)} ${does}`);
    throw new InvalidArgumentError(
      `wanted is kind:station, or kind for every station. Kinds:\n${kinds.join('\n')}`,
    );
  }
  return [...before, stationId === '' ? { kind } : { kind, stationId }];
}

/** Throws with the stations that there are when one is named that is not among them. */
export function checkFaults(
  faults: readonly StationFault[],
  { stations }: { readonly stations: readonly { readonly id: string }[] },
): void {
  const ids = stations.map(({ id }) => id);
  for (const { kind, stationId } of faults) {
    if (stationId === undefined || ids.includes(stationId)) continue;
    const known = ids.join(', ');
    throw new Error(
      `--fault ${kind}:${stationId}: there is no station ${stationId}; the site has ${known}`,
    );
  }
}

/** As they were asked for. */
export const faultNames = (faults: readonly StationFault[]): readonly string[] =>
  faults.map(({ kind, stationId }) => (stationId === undefined ? kind : `${kind}:${stationId}`));

export const hasFaults = ({ faults, lossFraction }: FaultPlan): boolean =>
  faults.length > 0 || lossFraction > 0;
