import { Type } from 'typebox';
import { invalid } from '../problem.js';
import { ConnectorNumber, EvseNumber, Fields } from '../schema/operation.js';
import { evse2, type Given, noConnector, type Operation, ownEvse } from './operation.js';

const PLAIN_16 = [
  'BootNotification',
  'DiagnosticsStatusNotification',
  'FirmwareStatusNotification',
  'Heartbeat',
  'MeterValues',
  'StatusNotification',
];
/** Of the security extension, under a request of its own. */
const EXTENDED_16 = ['LogStatusNotification', 'SignChargePointCertificate'];
const PLAIN_201 = [
  'BootNotification',
  'FirmwareStatusNotification',
  'Heartbeat',
  'LogStatusNotification',
  'MeterValues',
  'PublishFirmwareStatusNotification',
  'SignChargingStationCertificate',
  'SignCombinedCertificate',
  'SignV2GCertificate',
  'StatusNotification',
  'TransactionEvent',
];
const MESSAGES = {
  'ocpp1.6': [...PLAIN_16, ...EXTENDED_16],
  'ocpp2.0.1': PLAIN_201,
  'ocpp2.1': [...PLAIN_201, 'CustomTrigger', 'SignV2G20Certificate'],
} as const;

/** F06; 1.6 §5.17 and ExtendedTriggerMessage. */
export const trigger: Operation = {
  path: 'trigger',
  summary: 'Ask a station to send a message of its own',
  body: Fields('Trigger', {
    message: Type.String({ minLength: 1, maxLength: 60, description: 'Name of the message.' }),
    customTrigger: Type.Optional(
      Type.String({ maxLength: 50, description: 'With message `CustomTrigger` (2.1).' }),
    ),
    evseNumber: Type.Optional(EvseNumber),
    connectorNumber: Type.Optional(ConnectorNumber),
  }),
  build(given) {
    const { version, body } = given;
    const requestedMessage = String(body['message']);
    const known: readonly string[] = MESSAGES[version];
    if (!known.includes(requestedMessage)) {
      throw invalid('/message', `${version} knows ${known.join(', ')}`);
    }
    const { customTrigger } = body;
    if (customTrigger !== undefined && requestedMessage !== 'CustomTrigger') {
      throw invalid('/customTrigger', 'goes only with the message CustomTrigger');
    }
    return version === 'ocpp1.6' ? trigger16(given, requestedMessage) : trigger2(given);
  },
};

function trigger16(given: Given, requestedMessage: string) {
  noConnector(given);
  const connectorId = ownEvse(given);
  const isExtended = EXTENDED_16.includes(requestedMessage);
  return {
    action: isExtended ? 'ExtendedTriggerMessage' : 'TriggerMessage',
    payload: { requestedMessage, ...(connectorId === undefined ? {} : { connectorId }) },
  };
}

function trigger2(given: Given) {
  const evse = evse2(given);
  const { message: requestedMessage, customTrigger } = given.body;
  return {
    action: 'TriggerMessage',
    payload: {
      requestedMessage,
      ...(customTrigger === undefined ? {} : { customTrigger }),
      ...(evse === undefined ? {} : { evse }),
    },
  };
}
