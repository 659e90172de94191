import { invalid } from '../problem.js';
import { EvseNumber, Fields, TokenText } from '../schema/operation.js';
import { type Operation, ownEvse } from './operation.js';

const TOKEN_LENGTH_MAX = { 'ocpp1.6': 20, 'ocpp2.0.1': 36, 'ocpp2.1': 255 } as const;

/** F01; 1.6 §5.11. Never with a charging profile: how much it may draw is the engine's business. */
export const remoteStart: Operation = {
  path: 'remote-start',
  summary: 'Ask a station to start a transaction',
  body: Fields('RemoteStart', { evseNumber: EvseNumber, idToken: TokenText }),
  build(given) {
    const { version, body } = given;
    const idToken = String(body['idToken']);
    const lengthMax = TOKEN_LENGTH_MAX[version];
    if (idToken.length > lengthMax) {
      throw invalid('/idToken', `${version} takes at most ${lengthMax} characters`);
    }
    const evseNumber = ownEvse(given) ?? 0;
    return { command: { kind: 'remote-start', evseNumber, idToken } };
  },
};
