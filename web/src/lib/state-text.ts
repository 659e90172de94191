/** The state of an EVSE in one word or two. */
import type { LiveEvse } from './wire';

/** Nothing is plugged in, nothing is reserved and nothing is wrong. */
export function isFree(evse: LiveEvse): boolean {
  const unplugged = evse.phase === undefined || evse.phase === 'ended';
  const usable = evse.status !== 'faulted' && evse.status !== 'unavailable';
  return unplugged && usable && evse.online && evse.worstCaseA === 0;
}

export function stateText(evse: LiveEvse): string {
  if (!evse.online) return 'Offline';
  if (evse.status === 'faulted') return 'Faulted';
  if (evse.status === 'unavailable') return 'Out of service';
  if (evse.phase === undefined || evse.phase === 'ended') return 'Free';
  if (evse.phase === 'plugged') return 'Plugged in';
  if (evse.phase === 'finished') return 'Finished';
  if (evse.limitA === 0) return evse.powerW > 0 ? 'Stopping' : 'Paused';
  if (evse.powerW > 0) return evse.onePhase === undefined ? 'Charging' : 'On one phase';
  return evse.status === 'suspended-ev' ? 'Idle vehicle' : 'Starting';
}
