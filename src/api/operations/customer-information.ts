import { Type } from 'typebox';
import { invalid } from '../problem.js';
import { Word } from '../schema/common.js';
import { Fields, TokenText } from '../schema/operation.js';
import { newRequestId, present } from './display-messages.js';
import { needs2, type Operation } from './operation.js';

/** N09, N10. What the station reports is kept among its records. */
export const customerInformation: Operation = {
  path: 'customer-information',
  summary: 'Ask what a station knows of a customer, or have it forgotten (2.x)',
  body: Fields('CustomerInformation', {
    report: Type.Boolean({ description: 'Send what is known.' }),
    clear: Type.Boolean({ description: 'Forget it.' }),
    customerIdentifier: Type.Optional(Type.String({ minLength: 1, maxLength: 64 })),
    idToken: Type.Optional(TokenText),
    idTokenType: Type.Optional(
      Word(
        ['Central', 'eMAID', 'ISO14443', 'ISO15693', 'KeyCode', 'Local', 'MacAddress'],
        'Of the token; Central if absent.',
      ),
    ),
  }),
  build({ version, body }) {
    needs2(version, 'customer information');
    const { report, clear, customerIdentifier, idToken, idTokenType = 'Central' } = body;
    if (report !== true && clear !== true) {
      throw invalid('/report', 'either report or clear, or both, must be true');
    }
    if ((customerIdentifier === undefined) === (idToken === undefined)) {
      throw invalid(
        '/customerIdentifier',
        'expected exactly one of customerIdentifier and idToken',
      );
    }
    const token = idToken === undefined ? undefined : { idToken, type: idTokenType };
    return {
      action: 'CustomerInformation',
      payload: {
        requestId: newRequestId(),
        report,
        clear,
        ...present({ customerIdentifier, idToken: token }),
      },
    };
  },
};
