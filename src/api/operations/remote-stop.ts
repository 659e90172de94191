import { Type } from 'typebox';
import { invalid } from '../problem.js';
import { Fields } from '../schema/operation.js';
import type { Operation } from './operation.js';

const TRANSACTION_MAX_16 = 2 ** 31 - 1;

/** F03; 1.6 §5.12. */
export const remoteStop: Operation = {
  path: 'remote-stop',
  summary: 'Ask a station to stop a transaction',
  body: Fields('RemoteStop', {
    transactionId: Type.String({ minLength: 1, maxLength: 36, description: 'As in the session.' }),
  }),
  build({ version, body }) {
    const transactionId = String(body['transactionId']);
    const isNumber =
      /^\d{1,10}$/.test(transactionId) && Number(transactionId) <= TRANSACTION_MAX_16;
    if (version === 'ocpp1.6' && !isNumber) {
      throw invalid('/transactionId', 'ocpp1.6 numbers its transactions from 1');
    }
    return { command: { kind: 'remote-stop', transactionId } };
  },
};
