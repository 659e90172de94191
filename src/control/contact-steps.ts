/** The order of the steps of first contact. */
import { clearsOwnLevel, nextLevel, reportOver, toldAgain } from './default-levels.js';
import { without } from './draft.js';
import type { EvseContact, StationState } from './state.js';

/** Where contact goes once the call of its step is answered, or had nothing to do. */
export function nextStep(contact: EvseContact, station: StationState): EvseContact {
  switch (contact.step) {
    case 'fallback':
      return {
        ...without(contact, 'blocked'),
        step: contact.overruled === 'clears' ? 'clear-tx' : 'read',
      };
    case 'read':
      return { ...contact, step: station.version === 'ocpp1.6' ? 'clear-max' : 'report' };
    case 'report':
      if (contact.blocked === 'clears') return clearsOwnLevel(contact, station);
      return { ...reportOver(contact), step: 'clear-max' };
    case 'clear-foreign': {
      const foreign = contact.foreign?.slice(1) ?? [];
      if (foreign.length > 0) return { ...contact, foreign };
      return contact.blocked === 'clears' ? toldAgain(contact) : { ...contact, step: 'report' };
    }
    case 'clear-default':
      return nextLevel(contact, station);
    case 'clear-max':
      return { ...contact, step: 'clear-tx' };
    case 'clear-tx':
      return contact.overruled === 'clears'
        ? { ...contact, overruled: 'cleared', step: 'read' }
        : { ...contact, step: 'verify', attempts: 0 };
    case 'verify':
    case 'done':
      return { ...contact, step: 'done' };
  }
}
