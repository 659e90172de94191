import { Type } from 'typebox';
import { invalid } from '../problem.js';
import { Word } from '../schema/common.js';
import { EvseNumber, Fields } from '../schema/operation.js';
import { type Operation, ownEvse } from './operation.js';

const TYPES = {
  'ocpp1.6': { soft: 'Soft', hard: 'Hard' },
  'ocpp2.0.1': { immediate: 'Immediate', 'on-idle': 'OnIdle' },
  'ocpp2.1': {
    immediate: 'Immediate',
    'on-idle': 'OnIdle',
    'immediate-and-resume': 'ImmediateAndResume',
  },
} as const;

/** B11, B12; 1.6 §5.14. */
export const reset: Operation = {
  path: 'reset',
  summary: 'Reset a station or, from 2.0.1 on, one EVSE',
  description: '`soft` and `hard` are 1.6; `immediate` and `on-idle` 2.x, with resuming in 2.1.',
  body: Fields('Reset', {
    type: Word(['soft', 'hard', 'immediate', 'on-idle', 'immediate-and-resume'], 'How.'),
    evseNumber: Type.Optional(EvseNumber),
  }),
  build(given) {
    const { version, body } = given;
    const types: Readonly<Record<string, string>> = TYPES[version];
    const type = types[String(body['type'])];
    if (type === undefined) {
      throw invalid('/type', `${version} knows ${Object.keys(types).join(', ')}`);
    }
    const evseId = ownEvse(given);
    if (evseId !== undefined && version === 'ocpp1.6') {
      throw invalid('/evseNumber', 'ocpp1.6 resets the whole station: leave it out');
    }
    return { action: 'Reset', payload: { type, ...(evseId === undefined ? {} : { evseId }) } };
  },
};
