import { Type } from 'typebox';
import { ConnectorNumber, EvseNumber, Fields } from '../schema/operation.js';
import { noConnector, type Operation, ownEvse } from './operation.js';

/** F05; 1.6 §5.18. */
export const unlock: Operation = {
  path: 'unlock',
  summary: 'Release the cable of an EVSE',
  body: Fields('Unlock', {
    evseNumber: EvseNumber,
    connectorNumber: Type.Optional(ConnectorNumber),
  }),
  build(given) {
    const evseId = ownEvse(given);
    if (given.version === 'ocpp1.6') {
      noConnector(given);
      return { action: 'UnlockConnector', payload: { connectorId: evseId } };
    }
    const connectorId = given.body['connectorNumber'] ?? 1;
    return { action: 'UnlockConnector', payload: { evseId, connectorId } };
  },
};
