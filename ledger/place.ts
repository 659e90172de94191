/** One EVSE while `grant` works on it: where it is, what it was told, what it may still do. */
import { assert } from '../solver/index.js';
import type { Connected } from './load-over-time.js';
import { type ChannelLoad, channelLoads } from './phase-credit.js';
import { inForce, newestAccepted, valueAt } from './transitions.js';
import { type CompiledTree, pathOf } from './tree-load.js';
import { ownSettings } from './own-settings.js';
import type { EvseLedger, Grant, GrantEvse, GrantInput, PossibleCommand, Step } from './types.js';
import { commandEndsAtMs, onOthers, told, worstCase } from './worst-case.js';

export interface Place extends Connected {
  readonly evse: GrantEvse;
  /** W, on the channels in use. */
  readonly worst: readonly Step[];
  /** What W falls back to when every passing reserve is over; see `told`. */
  readonly told: readonly Step[];
  /** The same on the phases that a limit for one phase leaves out; `worst` where there are none. */
  readonly worstOthers: readonly Step[];
  readonly toldOthers: readonly Step[];
  /** By the newest accepted command, or F0. */
  readonly inForceA: number;
  readonly accepted: PossibleCommand | undefined;
  /**
   * A newer command than the accepted one that is unanswered, or unknown and not yet at its own
   * end: the station's answer is outstanding and R4 holds.
   */
  readonly unconfirmed: PossibleCommand | undefined;
  /** The most that the station may be obeying of what it was told last. */
  readonly exposedA: number;
  /** The command that asks for it; undefined: F0. */
  readonly exposedBy: PossibleCommand | undefined;
  /** Chosen in this call. */
  granted: Grant | undefined;
}

export function placeOf(evse: GrantEvse, input: GrantInput, tree: CompiledTree): Place {
  const { ledger } = evse;
  const { nowMs, settings } = input;
  assert(evse.leaseSec >= 1, `lease of ${evse.id} is at least 1 s`);
  const accepted = newestAccepted(ledger);
  const unconfirmed = unconfirmedOf(ledger, accepted, input);
  const inForceA = inForce(ledger, nowMs);
  const exposed = unconfirmed === undefined ? accepted : exposure(evse, input, unconfirmed);
  const worst = worstCase(ledger, nowMs, settings);
  const lasting = told(ledger);
  const lastingA = lasting === ledger ? worst : worstCase(lasting, nowMs, settings);
  const others = onOthers(ledger);
  const lastingOthers = onOthers(lasting);
  return {
    evse,
    path: pathOf(tree, evse.circuitId),
    channels: evse.channels,
    worst,
    told: lastingA,
    worstOthers: others === ledger ? worst : worstCase(others, nowMs, settings),
    toldOthers: lastingOthers === lasting ? lastingA : worstCase(lastingOthers, nowMs, settings),
    inForceA,
    exposedA: exposed === undefined ? inForceA : valueAt(exposed, nowMs),
    accepted,
    unconfirmed,
    exposedBy: exposed,
    granted: undefined,
  };
}

/**
 * The newest of them. Not simply the newest command: its lease may be over while that of an older one,
 * which was longer, is not.
 */
function unconfirmedOf(
  ledger: EvseLedger,
  accepted: PossibleCommand | undefined,
  input: GrantInput,
): PossibleCommand | undefined {
  let newest: PossibleCommand | undefined;
  for (const command of ledger.commands) {
    if (accepted !== undefined && command.seq <= accepted.seq) continue;
    if (newest !== undefined && command.seq <= newest.seq) continue;
    if (isLive(ledger, command, input)) newest = command;
  }
  return newest;
}

function isLive(
  ledger: EvseLedger,
  command: PossibleCommand,
  { nowMs, settings }: GrantInput,
): boolean {
  if (command.state === 'unanswered') return true;
  return (
    command.state === 'unknown' && nowMs < commandEndsAtMs(command, ownSettings(ledger, settings))
  );
}

/**
 * What counts when an answer is outstanding. A call in flight is the last word, so that a cut is
 * not sent twice. After an unknown the station may obey it or anything since the accepted one; the
 * largest counts (the later boundary among equals), F0 too when nothing was accepted.
 */
function exposure(
  { ledger }: GrantEvse,
  { nowMs, settings }: GrantInput,
  unconfirmed: PossibleCommand,
): PossibleCommand | undefined {
  if (unconfirmed.state === 'unanswered') return unconfirmed;
  const own = ownSettings(ledger, settings);
  const accepted = newestAccepted(ledger);
  let worst = accepted;
  let worstA: number = inForce(ledger, nowMs);
  for (const command of ledger.commands) {
    if (command.seq <= (accepted?.seq ?? Number.NEGATIVE_INFINITY)) continue;
    if (command.state !== 'unknown' || nowMs >= commandEndsAtMs(command, own)) continue;
    const currentA = valueAt(command, nowMs);
    const isLater = command.boundaryAtMs > (worst?.boundaryAtMs ?? Number.POSITIVE_INFINITY);
    if (currentA < worstA || (currentA === worstA && !isLater)) continue;
    worst = command;
    worstA = currentA;
  }
  return worst;
}

function loadsOn(place: Place, as: 'counted' | 'told-untested'): readonly ChannelLoad[] {
  const { evse, channels, worst, worstOthers, told: lasting, toldOthers } = place;
  const isTold = as === 'told-untested' && !evse.ledger.offlineTested;
  if (isTold) return channelLoads(evse.ledger, channels, lasting, toldOthers);
  return channelLoads(evse.ledger, channels, worst, worstOthers);
}

/** W of everybody, on the channels on which it counts. */
export function loadsOf(
  places: readonly Place[],
  as: 'counted' | 'told-untested' = 'counted',
): readonly (Connected & { readonly steps: readonly Step[] })[] {
  const loads: (Connected & { readonly steps: readonly Step[] })[] = [];
  for (const place of places) {
    for (const { channels, steps } of loadsOn(place, as)) {
      loads.push({ path: place.path, channels, steps });
    }
  }
  return loads;
}
