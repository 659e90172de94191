/** The state of an EVSE in one word or two. */
import type { LiveEvse } from './wire';

export function stateText(evse: LiveEvse): string {
  if (!evse.online) return 'Offline';
  if (evse.status === 'faulted') return 'Faulted';
  if (evse.status === 'unavailable') return 'Out of service';
  if (evse.phase === undefined || evse.phase === 'ended') return 'Free';
  if (evse.phase === 'plugged') return 'Plugged in';
  if (evse.phase === 'finished') return 'Finished';
  if (evse.powerW > 0) return 'Charging';
  return evse.limitA > 0 ? 'Idle vehicle' : 'Paused';
}
