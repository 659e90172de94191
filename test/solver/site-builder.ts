/** Small sites for tests: literals with defaults. */
import type {
  AllocatorSettings,
  Amps,
  Circuit,
  CircuitLimit,
  Claim,
  Evse,
  PerChannel,
  PilotSet,
  SiteProblem,
  Supply,
} from '../../solver/index.js';
import {
  amps,
  circuitId,
  evseId,
  seconds,
  sessionId,
  volts,
  wattHours,
  watts,
} from '../../solver/index.js';

export const NOW_MS = 1_800_000_000_000;
export const RATING = { kind: 'rating' } as const;
export const WHOLE_AMPS: PilotSet = { kind: 'continuous', minA: amps(6), stepA: amps(1) };
export const TENTHS: PilotSet = { kind: 'continuous', minA: amps(6), stepA: amps(0.1) };
export const EIGHTS: PilotSet = { kind: 'set', valuesA: [8, 16, 24, 32].map(amps) };

export const SETTINGS: AllocatorSettings = {
  laxityAssumedSec: seconds(4 * 3600),
  laxityStepSec: seconds(3600),
  onMinSec: seconds(300),
  offMinSec: seconds(300),
  offMaxSec: seconds(1800),
};

export const triple = (a: number, b: number, c: number): PerChannel<Amps> => [
  amps(a),
  amps(b),
  amps(c),
];

export const wye = (a: number, b = a, c = a): CircuitLimit => ({
  kind: 'wye',
  limitA: triple(a, b, c),
  source: RATING,
});
export const line = (a: number, b = a, c = a): CircuitLimit => ({
  kind: 'line',
  limitA: triple(a, b, c),
  source: RATING,
});
export const primary = (a: number, b = a, c = a, turnsRatio = 4): CircuitLimit => ({
  kind: 'delta-primary',
  limitA: triple(a, b, c),
  turnsRatio,
  source: RATING,
});
export const pairSum = (pair: 0 | 1 | 2, limitA: number): CircuitLimit => ({
  kind: 'pair-sum',
  pair,
  limitA: amps(limitA),
  source: RATING,
});
export const power = (limitW: number, voltageV = 230): CircuitLimit => ({
  kind: 'power',
  limitW: watts(limitW),
  voltageV: volts(voltageV),
  source: RATING,
});

export function circuit(
  id: string,
  parent: string | undefined,
  limits: readonly CircuitLimit[],
  base: PerChannel<number> = [0, 0, 0],
): Circuit {
  const place =
    parent === undefined
      ? { id: circuitId(id) }
      : { id: circuitId(id), parentId: circuitId(parent) };
  return { ...place, limits, baseLoadA: triple(...base) };
}

export interface EvseInput {
  readonly id: string;
  readonly on?: string;
  readonly channels?: string;
  readonly maxA?: number;
  readonly pilots?: PilotSet;
  readonly reservedA?: number;
  readonly claim?: Claim;
}

/** `channels` lists the loaded ones, such as '1' or '123'. */
export function evse(input: EvseInput): Evse {
  const loaded = input.channels ?? '1';
  const head = {
    id: evseId(input.id),
    circuitId: circuitId(input.on ?? 'grid'),
    channels: [loaded.includes('1'), loaded.includes('2'), loaded.includes('3')] as const,
    currentMaxA: amps(input.maxA ?? 32),
    pilots: input.pilots ?? WHOLE_AMPS,
    reservedA: amps(input.reservedA ?? 0),
  };
  return input.claim === undefined ? head : { ...head, claim: input.claim };
}

export interface ClaimInput {
  readonly minA?: number;
  readonly maxA?: number;
  readonly needWh?: number;
  readonly staySec?: number;
  readonly lastA?: number;
  readonly sinceSecAgo?: number;
  readonly pluggedInSecAgo?: number;
  readonly targetA?: number;
  readonly targetIsMax?: boolean;
  readonly priority?: number;
  readonly satisfied?: boolean;
  readonly resumes?: boolean;
}

export function claim(input: ClaimInput = {}): Claim {
  const head: Claim = {
    sessionId: sessionId('s'),
    currentMinA: amps(input.minA ?? 6),
    currentMaxA: amps(input.maxA ?? 32),
    pluggedInAtMs: NOW_MS - (input.pluggedInSecAgo ?? 600) * 1000,
    lastLimitA: amps(input.lastA ?? 0),
    sinceMs: NOW_MS - (input.sinceSecAgo ?? 600) * 1000,
    priority: input.priority ?? 0,
    satisfied: input.satisfied ?? false,
  };
  const need =
    input.needWh === undefined
      ? {}
      : {
          need: {
            energyWh: wattHours(input.needWh),
            departureAtMs: NOW_MS + (input.staySec ?? 14_400) * 1000,
          },
        };
  const target = input.targetA === undefined ? {} : { targetA: amps(input.targetA) };
  const binding = input.targetIsMax === undefined ? {} : { targetIsMax: input.targetIsMax };
  const resumption = input.resumes === undefined ? {} : { resumes: input.resumes };
  return { ...head, ...need, ...target, ...binding, ...resumption };
}

export function site(
  circuits: readonly Circuit[],
  evses: readonly Evse[],
  supply: Supply = 'wye',
): SiteProblem {
  const wyeSite = supply === 'wye';
  return {
    nowMs: NOW_MS,
    supply,
    voltageLineToNeutralV: volts(wyeSite ? 230 : 120),
    voltageLineToLineV: volts(wyeSite ? 400 : 208),
    circuits,
    evses,
    storage: [],
    pv: [],
    load: [],
    allocator: SETTINGS,
  };
}

/** Claims of one-phase EVSEs on one circuit: the shape of most tables. */
export function onOneCircuit(limits: readonly CircuitLimit[], evses: readonly Evse[]): SiteProblem {
  return site([circuit('grid', undefined, limits)], evses);
}
