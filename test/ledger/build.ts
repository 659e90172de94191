/** Short hands for ledger tests: one line per EVSE, circuit and command. */
import type {
  EvseLedger,
  GrantEvse,
  GrantInput,
  LedgerSettings,
  PossibleCommand,
} from '../../ledger/index.js';
import {
  amps,
  type Circuit,
  type CircuitLimit,
  circuitId,
  evseId,
  type LimitSource,
} from '../../solver/index.js';

export const SETTINGS: LedgerSettings = { settleSec: 12, skewSec: 10 };
/** A whole second. */
export const T0 = 1_700_000_000_000;
export const sec = (count: number): number => T0 + count * 1000;

export function entry(given: Partial<EvseLedger> = {}): EvseLedger {
  return {
    evseId: evseId('a:1'),
    currentMaxA: amps(32),
    offlineTested: true,
    distrusted: false,
    fallbackIdleA: amps(0),
    leaseShown: true,
    commands: [],
    ...given,
  };
}

export function command(
  seq: number,
  grantA: number,
  boundarySec: number,
  given: Partial<PossibleCommand> = {},
): PossibleCommand {
  return {
    seq,
    grantA: amps(grantA),
    boundaryAtMs: sec(boundarySec),
    tailA: amps(0),
    state: 'accepted',
    ...given,
  };
}

export const RATING: LimitSource = { kind: 'rating' };

export function wye(limitA: number, source: LimitSource = RATING): CircuitLimit {
  return { kind: 'wye', limitA: [amps(limitA), amps(limitA), amps(limitA)], source };
}

export function circuit(id: string, limits: readonly CircuitLimit[], parent?: string): Circuit {
  return {
    id: circuitId(id),
    limits,
    baseLoadA: [amps(0), amps(0), amps(0)],
    ...(parent === undefined ? {} : { parentId: circuitId(parent) }),
  };
}

export interface EvseGiven {
  readonly circuit?: string;
  readonly goalA?: number;
  readonly ledger?: Partial<EvseLedger>;
  readonly given?: Partial<GrantEvse>;
}

export function grantEvse(
  id: string,
  { circuit = 'root', goalA, ledger, given }: EvseGiven,
): GrantEvse {
  return {
    id: evseId(id),
    circuitId: circuitId(circuit),
    channels: [true, true, true],
    pilots: { kind: 'continuous', minA: amps(6), stepA: amps(1) },
    ledger: entry({ evseId: evseId(id), ...ledger }),
    controllable: true,
    periodsMax: 24,
    leaseSec: 900,
    tailWantedA: amps(0),
    busy: false,
    ...(goalA === undefined
      ? {}
      : { goal: { evseId: evseId(id), limitA: amps(goalA), boundBy: { kind: 'satisfied' } } }),
    ...given,
  };
}

export function input(
  evses: readonly GrantEvse[],
  limitA: number,
  given: Partial<GrantInput> = {},
): GrantInput {
  return {
    nowMs: T0,
    supply: 'wye',
    tiers: [{ fromMs: T0, circuits: [circuit('root', [wye(limitA)])] }],
    evses,
    settings: SETTINGS,
    ...given,
  };
}
