/** What the site may draw if everything goes silent now, and why so much is reserved. */
import {
  amps,
  type CircuitId,
  type EvseId,
  type PerChannel,
  type StationId,
  type Amps,
  type Volts,
  type Watts,
  wattsFromAmps,
} from '../solver/index.js';
import { failureReserve, reservedAt } from './failure-reserve.js';
import { loadOverTime } from './load-over-time.js';
import { channelLoads } from './phase-credit.js';
import { inForce } from './transitions.js';
import { compileTree, pathOf } from './tree-load.js';
import type { EvseLedger, LedgerSettings, Tier } from './types.js';
import { commandAt, isCredited, worstOthers, worstCase, worstCaseAt } from './worst-case.js';

export interface CeilingInput {
  readonly nowMs: number;
  /** How far the steps are listed; the last one listed may end later. */
  readonly horizonSec: number;
  /** One tier or more; only the tree's shape counts here. */
  readonly tiers: readonly Tier[];
  readonly evses: readonly {
    readonly id: EvseId;
    readonly circuitId: CircuitId;
    readonly channels: PerChannel<boolean>;
    readonly stationId?: StationId | undefined;
    readonly ledger: EvseLedger;
  }[];
  readonly settings: LedgerSettings;
  /** As `GrantInput` has it; what is kept free for them is in the sums. */
  readonly failuresLeft?: number | undefined;
  /** Line to neutral on wye, line to line on delta. */
  readonly voltageV: Volts;
}

export interface CeilingStep {
  readonly fromMs: number;
  /** Sum of W per channel. */
  readonly currentA: PerChannel<Amps>;
  readonly powerW: Watts;
}

/**
 * Why W is above what is in force. `settling` a smaller limit was acknowledged a moment ago;
 * `unconfirmed` an answer is outstanding or never came; `fallback` F0 alone is larger;
 * `lease-not-shown` an expired grant may still hold.
 */
export type ReserveCause =
  | 'not-read-back'
  | 'offline-untested'
  | 'distrusted'
  | 'unconfirmed'
  | 'settling'
  | 'lease-not-shown'
  | 'lease-ending'
  | 'fallback';

export interface Ceiling {
  readonly circuits: readonly {
    readonly circuitId: CircuitId;
    readonly steps: readonly CeilingStep[];
  }[];
  /** EVSEs whose W now exceeds what is in force, by how much, and the first cause that applies. */
  readonly reserved: readonly {
    readonly evseId: EvseId;
    readonly reservedA: Amps;
    readonly cause: ReserveCause;
  }[];
}

/** Per circuit the sum of W from now to the horizon; base load is not part of it. */
export function ceiling(input: CeilingInput): Ceiling {
  const { nowMs, settings, voltageV } = input;
  const tree = compileTree(input.tiers);
  const places = input.evses.map((it) => ({
    ...it,
    path: pathOf(tree, it.circuitId),
    worst: worstCase(it.ledger, nowMs, settings),
  }));
  const loads = places.flatMap(({ path, channels, ledger, worst }) =>
    channelLoads(ledger, channels, worst, worstOthers(ledger, nowMs, settings)).map((load) => ({
      path,
      ...load,
    })),
  );
  const reserve = failureReserve(places, input.failuresLeft);
  const { timelines } = loadOverTime(tree, nowMs, loads);
  const untilMs = nowMs + input.horizonSec * 1000;
  const circuits = tree.circuitIds.map((circuitId, index) => {
    const { atMs, sumA } = timelines[index] ?? { atMs: [], sumA: [[], [], []] };
    const steps = atMs.flatMap((fromMs, at): CeilingStep[] => {
      if (fromMs > untilMs) return [];
      const [keptX, keptY, keptZ] = reservedAt(reserve, index, fromMs);
      const x = (sumA[0][at] ?? 0) + keptX;
      const y = (sumA[1][at] ?? 0) + keptY;
      const z = (sumA[2][at] ?? 0) + keptZ;
      const currentA = [amps(x), amps(y), amps(z)] as const;
      return [{ fromMs, currentA, powerW: wattsFromAmps(x + y + z, 1, voltageV) }];
    });
    return { circuitId, steps };
  });
  const reserved = input.evses.flatMap(({ id, ledger }) => {
    const reservedA = worstCaseAt(ledger, nowMs, settings) - inForce(ledger, nowMs);
    if (reservedA <= 0) return [];
    return [
      { evseId: id, reservedA: amps(reservedA), cause: reserveCause(ledger, nowMs, settings) },
    ];
  });
  return { circuits, reserved };
}

/** The first cause that applies to an EVSE whose W is above what is in force. */
export function reserveCause(
  entry: EvseLedger,
  nowMs: number,
  settings: LedgerSettings,
): ReserveCause {
  if (entry.distrusted) return 'distrusted';
  if (!isCredited(entry)) return 'offline-untested';
  if (entry.fallbackIdleA === undefined) return 'not-read-back';
  const worstA = worstCaseAt(entry, nowMs, settings);
  const highest = entry.commands.filter(
    (command) => commandAt(command, nowMs, settings, entry) >= worstA,
  );
  if (highest.length === 0) return 'fallback';
  if (highest.some(({ state }) => state === 'unanswered' || state === 'unknown')) {
    return 'unconfirmed';
  }
  if (highest.some(({ state }) => state === 'superseded')) return 'settling';
  return entry.leaseShown ? 'lease-ending' : 'lease-not-shown';
}
