/** What each step of first contact asks of a station. */
import type { StationCommand } from '../ocpp/messages.js';
import type { SiteEvse } from '../sites/site.js';
import { fallbackProfile, unitFor } from './charge-rate.js';
import { levelCleared } from './default-levels.js';
import type { Draft } from './draft.js';
import { fallbackCarrierOf } from './form.js';
import { mayClearAt } from './refused-fallback.js';
import type { EvseContact, EvseState, StationState } from './state.js';
import { holdsInOtherForm } from './within-fallback.js';

const READ_SEC = 86_400;
/** A weekly Recurring profile of somebody else shows itself within seven days (R11). */
const VERIFY_SEC = 604_800;

/** The call of this step; undefined when the step has nothing to do here. */
export function contactCommand(
  draft: Draft,
  station: StationState,
  evse: SiteEvse,
  state: EvseState,
): StationCommand | undefined {
  const { evseNumber } = evse;
  switch (state.contact.step) {
    case 'fallback': {
      const profile = fallbackProfile(draft.site, evse, station);
      if (holdsInOtherForm(state, profile)) return undefined;
      return { kind: 'set-charging-profile', profile };
    }
    case 'read':
      return readCommand(station, evse, READ_SEC);
    case 'clear-default': {
      const criteria = levelCleared(state.contact, station, evseNumber);
      return isSafe(draft, evse, state.contact, criteria.evseNumber)
        ? { kind: 'clear-charging-profile', criteria }
        : undefined;
    }
    case 'report':
      return undefined;
    case 'clear-foreign': {
      const [profileId] = state.contact.foreign ?? [];
      if (profileId === undefined || !isSafe(draft, evse, state.contact, 0)) return undefined;
      return { kind: 'clear-charging-profile', profileId };
    }
    case 'clear-max':
      // Where F0 is the maximum of the station, its default would stand in the way.
      if (fallbackCarrierOf(station) === 'station-max') {
        return { kind: 'clear-charging-profile', criteria: { purpose: 'tx-default' } };
      }
      return { kind: 'clear-charging-profile', criteria: { purpose: 'station-max' } };
    case 'clear-tx':
      if (state.transactionId !== undefined && state.contact.overruled !== 'clears')
        return undefined;
      return { kind: 'clear-charging-profile', criteria: { evseNumber, purpose: 'tx' } };
    case 'verify':
      return readCommand(station, evse, state.contact.attempts > 0 ? READ_SEC : VERIFY_SEC);
    case 'done':
      return undefined;
  }
}

/** While F0 stands a clear unleashes nobody. */
function isSafe(draft: Draft, evse: SiteEvse, { blocked }: EvseContact, place: number): boolean {
  return blocked !== 'clears' || mayClearAt(draft, evse, place);
}

function readCommand(station: StationState, evse: SiteEvse, durationSec: number): StationCommand {
  return {
    kind: 'get-composite-schedule',
    evseNumber: evse.evseNumber,
    durationSec,
    unit: unitFor(station, evse),
  };
}
