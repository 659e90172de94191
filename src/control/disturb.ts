/**
 * A command after which nothing that was read back before counts (SAFETY R0, R10): W is the worst from
 * the moment its row is written, and contact begins anew behind it on the same line. Credit returns
 * with the next read-back, unless nobody knows how the command ended, or nobody will hear when it takes
 * effect (an EVSE that resets alone): then not before its flight is over.
 */
import { FLIGHT_MAX_SEC } from '../../ledger/index.js';
import type { StationId } from '../../solver/index.js';
import { callEffect, resetEvse } from '../ocpp/call-effects.js';
import type { CommandOutcome } from '../ocpp/messages.js';
import { restartContact } from './contact.js';
import { type Draft, updateStation } from './draft.js';
import { forgetCredit } from './forget-credit.js';
import type { PendingCommand } from './state.js';

/** Call it once the command is planned, so that what contact asks comes after it. */
export function disturb(draft: Draft, command: PendingCommand): void {
  const { kind } = callEffect(command.command);
  if (kind !== 'disturbs' && kind !== 'reboots') return;
  forgetCredit(draft, command.stationId);
  if (kind === 'reboots') expectReboot(draft, command.stationId);
  const stage = draft.stations.get(command.stationId)?.stage;
  if (stage !== 'offline' && stage !== 'connecting') restartContact(draft, command.stationId);
}

/** What is known only now that it has ended. */
export function disturbed(draft: Draft, command: PendingCommand, outcome: CommandOutcome): void {
  const { kind } = callEffect(command.command);
  if (kind !== 'disturbs' && kind !== 'reboots') return;
  if (asksForReboot(outcome)) expectReboot(draft, command.stationId);
  const isUnknown = outcome.status === 'timeout' || outcome.status === 'closed';
  const isUnheard = outcome.status === 'accepted' && resetEvse(command.command) !== undefined;
  if (!isUnknown && !isUnheard) return;
  forgetCredit(draft, command.stationId);
  if (isUnknown) expectReboot(draft, command.stationId);
  const unsettledUntilMs = draft.nowMs + FLIGHT_MAX_SEC * 1000;
  updateStation(draft, command.stationId, (it) => ({
    ...it,
    unsettledUntilMs: Math.max(it.unsettledUntilMs ?? 0, unsettledUntilMs),
  }));
}

/** The next end of its connection is taken for a boot. */
export function expectReboot(draft: Draft, stationId: StationId): void {
  updateStation(draft, stationId, (it) => ({ ...it, expectsReboot: true }));
}

/** 1.6 says so as the status, 2.x for each variable. */
function asksForReboot(outcome: CommandOutcome): boolean {
  if (outcome.status !== 'accepted') return false;
  return JSON.stringify(outcome.response ?? '').includes('"RebootRequired"');
}
