/** Fields that operations share. */
import { Type } from 'typebox';
import type { TProperties } from 'typebox';

export const EvseNumber = Type.Integer({
  minimum: 1,
  maximum: 9999,
  description: "The station's number of the EVSE (1.6: connectorId).",
});
export const ConnectorNumber = Type.Integer({
  minimum: 1,
  maximum: 99,
  description: 'Connector of the EVSE; not in 1.6.',
});
export const TokenText = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: '^[\\x21-\\x7e]+$',
  description: 'Visible ASCII; at most 20 characters for 1.6, 36 for 2.0.1.',
});

export const Fields = <const T extends TProperties>(title: string, fields: T) =>
  Type.Object(fields, { additionalProperties: false, title });
