/** What a planned call is for, in the words of the write budget. */
import { inForce } from '../../ledger/index.js';
import type { PendingCommand, SiteState } from '../../src/control/state.js';

export type CallKind = 'cut' | 'raise' | 'renew' | 'read-back' | 'contact' | 'clear' | 'other';

/** `before` is the state in which it was planned. */
export function callKind(before: SiteState, pending: PendingCommand): CallKind {
  switch (pending.purpose) {
    case 'grant':
      return grantKind(before, pending);
    case 'lease-read-back':
      return 'read-back';
    case 'contact':
    case 'read-variables':
    case 'configure-sampling':
      return 'contact';
    case 'clear-transaction':
      return 'clear';
    default:
      return 'other';
  }
}

function grantKind(before: SiteState, { priority, command, evseId, createdAtMs }: PendingCommand) {
  if (priority === 'cut') return 'cut';
  const ledger = evseId === undefined ? undefined : before.evses.get(evseId)?.ledger;
  if (ledger === undefined || command.kind !== 'set-charging-profile') return 'other';
  const limitA = command.profile.periods[0]?.limit ?? 0;
  return limitA > inForce(ledger, createdAtMs) ? 'raise' : 'renew';
}
