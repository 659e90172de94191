import { Type } from 'typebox';
import { Word } from '../schema/common.js';
import { ConnectorNumber, EvseNumber, Fields } from '../schema/operation.js';
import { evse2, noConnector, type Operation, ownEvse } from './operation.js';

const TYPES = { operative: 'Operative', inoperative: 'Inoperative' } as const;

/** G03, G04; 1.6 §5.2. */
export const availability: Operation = {
  path: 'availability',
  summary: 'Take a station, an EVSE or a connector out of service, or back',
  description:
    'Without an EVSE: the whole station. `Scheduled` in the answer: once nobody charges.',
  body: Fields('Availability', {
    status: Word(['operative', 'inoperative'], 'What it shall be.'),
    evseNumber: Type.Optional(EvseNumber),
    connectorNumber: Type.Optional(ConnectorNumber),
  }),
  build(given) {
    const type = TYPES[given.body['status'] as keyof typeof TYPES];
    if (given.version === 'ocpp1.6') {
      noConnector(given);
      return { action: 'ChangeAvailability', payload: { connectorId: ownEvse(given) ?? 0, type } };
    }
    const evse = evse2(given);
    const payload = { operationalStatus: type, ...(evse === undefined ? {} : { evse }) };
    return { action: 'ChangeAvailability', payload };
  },
};
