/**
 * How often first contact may change what a station keeps: profiles go to flash, and a station that boots every
 * minute, or accepts and does not do what it is told, begins it again and again. Beyond the budget a call waits, and the EVSE
 * is reserved at its maximum (R0), so that no guarantee rests on it. Limits of transactions have a budget of
 * their own: they leave meanwhile, and cuts at once.
 */
import type { EvseId } from '../../solver/index.js';
import type { CommandOutcome, StationCommand } from '../ocpp/messages.js';
import type { SiteEvse } from '../sites/site.js';
import { type Draft, updateEvse, updateStation, wakeAt, without } from './draft.js';
import type { EvseState, PendingCommand } from './state.js';
import { nextRepeatAtMs } from './write-budget.js';

/** Instants of the last hour, ascending. */
export interface ContactWrites {
  readonly fallback: readonly number[];
  readonly clear: readonly number[];
}

/**
 * At once, of one EVSE in an hour: F0 in each of its forms and a few times more, and defaults of others at two
 * places of ten levels, cleared twice. Then one every five minutes.
 */
const PER_HOUR = { fallback: 24, clear: 48 } as const;
const HOUR_MS = 3_600_000;
/** Where a rating may be exceeded without F0. */
const URGENT_EVERY_MS = 60_000;
const NONE: ContactWrites = { fallback: [], clear: [] };

/** True: the call is beyond the budget, and is asked for again when it may leave. */
export function awaitsBudget(
  draft: Draft,
  { id, stationId }: SiteEvse,
  { contactWrites = NONE }: EvseState,
  command: StationCommand,
): boolean {
  const purpose = purposeOf(command);
  if (purpose === undefined) return false;
  const writes = contactWrites[purpose];
  const spentUntilMs = nextRepeatAtMs(writes, draft.nowMs, PER_HOUR[purpose]);
  const isUrgent = purpose === 'fallback' && draft.control.notGuaranteed.length > 0;
  const urgentAtMs = (writes.at(-1) ?? 0) + URGENT_EVERY_MS;
  const dueMs = isUrgent ? Math.min(spentUntilMs, urgentAtMs) : spentUntilMs;
  if (dueMs <= draft.nowMs) return false;
  const trouble = `${id}: contact has begun so often within an hour that the station's memory is spared`;
  updateStation(draft, stationId, (it) => (it.trouble === trouble ? it : { ...it, trouble }));
  wakeAt(draft, dueMs);
  return true;
}

/**
 * Contact goes on later; until then its vehicle is told its limits, as where F0 cannot be read back: what a
 * boot may have taken from the station at once.
 */
export function pause(draft: Draft, { id, stationId }: SiteEvse): void {
  const { bootedAtMs = 0 } = draft.stations.get(stationId) ?? {};
  updateEvse(draft, id, (it) => {
    const { step } = it.contact;
    if (step === 'done') return it;
    const contact = { ...it.contact, step: 'done', paused: step } as const;
    const isTold = it.ledger.commands.some(({ plannedAtMs = 0 }) => plannedAtMs >= bootedAtMs);
    return { ...it, contact, reassert: it.transactionId !== undefined && !isTold };
  });
}

/** The same EVSE where contact goes on. */
export function resumed(state: EvseState): EvseState {
  const { step, paused } = state.contact;
  if (step !== 'done' || paused === undefined) return state;
  return { ...state, contact: { ...without(state.contact, 'paused'), step: paused } };
}

/** The call leaves. */
export function noteContactWrite(draft: Draft, evseId: EvseId, command: StationCommand): void {
  const purpose = purposeOf(command);
  if (purpose === undefined) return;
  updateEvse(draft, evseId, (it) => {
    const { contactWrites = NONE } = it;
    const recent = contactWrites[purpose].filter((atMs) => atMs > draft.nowMs - HOUR_MS);
    return { ...it, contactWrites: { ...contactWrites, [purpose]: [...recent, draft.nowMs] } };
  });
}

/** Its answer says that it changed nothing: it was refused, never left, or found nothing to clear. */
export function takeBackContactWrite(
  draft: Draft,
  { evseId, command, createdAtMs }: PendingCommand,
  outcome: CommandOutcome,
): void {
  const purpose = purposeOf(command);
  if (evseId === undefined || purpose === undefined || mayHaveChanged(outcome)) return;
  updateEvse(draft, evseId, (it) => {
    const { contactWrites = NONE } = it;
    const others = contactWrites[purpose].filter((atMs) => atMs !== createdAtMs);
    return { ...it, contactWrites: { ...contactWrites, [purpose]: others } };
  });
}

function mayHaveChanged(outcome: CommandOutcome): boolean {
  switch (outcome.status) {
    case 'accepted':
      return outcome.matched !== false;
    case 'timeout':
    case 'closed':
      return true;
    default:
      return false;
  }
}

function purposeOf({ kind }: StationCommand): keyof ContactWrites | undefined {
  if (kind === 'set-charging-profile') return 'fallback';
  return kind === 'clear-charging-profile' ? 'clear' : undefined;
}
