/**
 * A transaction that a 1.6 station began under another system. Its number may be one that we give to another
 * transaction of the station, so that it gets no session here and no limit of its own: F0 holds it back, what it draws
 * counts (R9), and people are told how to have it served.
 */
import type { EvseId, StationId } from '../../solver/index.js';
import { type Draft, updateEvse } from './draft.js';

/** One that goes on is told again before its fault counts as solved. */
const AGAIN_MS = 12 * 3_600_000;

/** Told once, by the EVSE. */
export interface ForeignTransaction {
  readonly transactionId: string;
  readonly toldAtMs: number;
}

/** Values under its number, where nothing of ours runs. */
export function noteForeign(
  draft: Draft,
  { stationId, evseId }: { readonly stationId: StationId; readonly evseId: EvseId },
  transactionId: string,
): void {
  const state = draft.evses.get(evseId);
  if (state === undefined || state.transactionId !== undefined) return;
  const { foreignTransaction: known } = state;
  const isTold = known?.transactionId === transactionId && draft.nowMs < known.toldAtMs + AGAIN_MS;
  if (isTold) return;
  const foreignTransaction = { transactionId, toldAtMs: draft.nowMs };
  updateEvse(draft, evseId, (it) => ({ ...it, foreignTransaction }));
  const detail =
    `${evseId} runs transaction ${transactionId}, which was not begun under this system: ` +
    'it has no session and no bill here, and its vehicle gets the fallback limit. ' +
    'Stop it by its number or plug the vehicle in anew to have it served.';
  draft.effects.push({ type: 'alarm', code: 'foreign-transaction', stationId, evseId, detail });
}
