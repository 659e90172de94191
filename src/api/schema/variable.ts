/** Settings and the device model of a station on the wire. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Instant, PageOf, PageQuery, Word } from './common.js';

const Attribute = Word(['Actual', 'Target', 'MinSet', 'MaxSet'], 'Which of its values.');
const Place = {
  componentInstance: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
  evseNumber: Type.Optional(Type.Integer({ minimum: 0, maximum: 9999 })),
  connectorNumber: Type.Optional(Type.Integer({ minimum: 0, maximum: 99 })),
  variable: Type.String({ minLength: 1, maxLength: 50, description: 'Or the key of 1.6.' }),
  variableInstance: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
};

export const VariableQuery = Type.Object(
  {
    ...PageQuery,
    component: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    variable: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
  },
  { additionalProperties: false },
);

const VariableSchema = Type.Object(
  {
    component: Type.Optional(Type.String({ description: 'Absent for a key of 1.6.' })),
    ...Place,
    variable: Type.String(),
    attribute: Attribute,
    value: Type.Optional(
      Type.String({ description: 'Absent: not told, or nobody may read it back.' }),
    ),
    mutability: Type.Optional(Word(['ReadOnly', 'WriteOnly', 'ReadWrite'], 'Who may do what.')),
    persistent: Type.Optional(Type.Boolean({ description: 'It survives a reboot.' })),
    constant: Type.Optional(Type.Boolean()),
    dataType: Type.Optional(Type.String()),
    unit: Type.Optional(Type.String()),
    limitMin: Type.Optional(Type.Number()),
    limitMax: Type.Optional(Type.Number()),
    allowedValues: Type.Optional(Type.String({ description: 'By commas.' })),
    updatedAt: Instant('The station said so.'),
  },
  { title: 'Variable' },
);
export type VariableBody = Static<typeof VariableSchema>;
export const VariablePage = PageOf(VariableSchema, 'VariablePage');

export const VariableChanges = Type.Object(
  {
    items: Type.Array(
      Type.Object(
        {
          component: Type.Optional(
            Type.String({ minLength: 1, maxLength: 50, description: 'From 2.0.1 on; not in 1.6.' }),
          ),
          ...Place,
          attribute: Type.Optional(Attribute),
          value: Type.String({ maxLength: 2500, description: '1.6: at most 500 characters.' }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 100 },
    ),
  },
  { additionalProperties: false, title: 'VariableChanges' },
);

export const VariableResults = Type.Object(
  {
    items: Type.Array(
      Type.Object({
        component: Type.Optional(Type.String()),
        variable: Type.String(),
        status: Word(
          [
            'accepted',
            'reboot-required',
            'rejected',
            'unknown-variable',
            'not-supported',
            'failed',
          ],
          'What the station said; `failed`: it was not asked, or nobody knows.',
        ),
        detail: Type.Optional(Type.String()),
        commandId: Type.Optional(Type.String({ description: 'The command that it went with.' })),
      }),
      { description: 'In the order of the request.' },
    ),
  },
  { title: 'VariableResults' },
);
