import type { DeviceVariable, VariableAttribute, WireVariable } from '../device-variable.js';
import { placeOf } from '../device-variable.js';
import type { Handled, HandlerContext } from '../handler.js';
import { fromStation } from '../handler.js';

interface ReportData extends WireVariable {
  readonly variableAttribute: readonly {
    readonly type?: VariableAttribute;
    readonly value?: string;
    readonly mutability?: 'ReadOnly' | 'WriteOnly' | 'ReadWrite';
    readonly persistent?: boolean;
    readonly constant?: boolean;
  }[];
  readonly variableCharacteristics?: {
    readonly unit?: string;
    readonly dataType: string;
    readonly minLimit?: number;
    readonly maxLimit?: number;
    readonly valuesList?: string;
  };
}

/**
 * B07: one part of a report; each part is kept as it comes, so that a lost part costs its own
 * variables alone. Keys of the event are `Component.Variable`, with instances in brackets and the
 * EVSE behind an @: `SmartChargingCtrlr.RateUnit`, `EVSE@1.Power`. How many a station may have of what it
 * counts is no value but a limit of one: `SmartChargingCtrlr.Entries[ChargingProfiles].maxLimit`.
 */
export async function notifyReport(
  payload: { readonly reportData?: readonly ReportData[] },
  context: HandlerContext,
): Promise<Handled> {
  const { reportData = [] } = payload;
  await context.keepVariables(reportData.flatMap(deviceVariables));
  const variables = Object.fromEntries(
    reportData.flatMap((it) => [...actualValue(it), ...room(it)]),
  );
  if (Object.keys(variables).length === 0) return { events: [], answer: {} };
  return {
    events: [{ ...fromStation(context), type: 'station.variables', variables }],
    answer: {},
  };
}

function deviceVariables(data: ReportData): readonly DeviceVariable[] {
  const { unit, dataType, minLimit, maxLimit, valuesList } = data.variableCharacteristics ?? {};
  return data.variableAttribute.map(({ type, ...attribute }) => ({
    ...placeOf(data, type),
    ...attribute,
    ...(dataType === undefined ? {} : { dataType }),
    ...(unit === undefined ? {} : { unit }),
    ...(minLimit === undefined ? {} : { limitMin: minLimit }),
    ...(maxLimit === undefined ? {} : { limitMax: maxLimit }),
    ...(valuesList === undefined ? {} : { allowedValues: valuesList }),
  }));
}

function actualValue(data: ReportData): readonly (readonly [string, string])[] {
  const actual = data.variableAttribute.find(({ type }) => type === undefined || type === 'Actual');
  return actual?.value === undefined ? [] : [[variableKey(data), actual.value]];
}

function room(data: ReportData): readonly (readonly [string, string])[] {
  const { maxLimit } = data.variableCharacteristics ?? {};
  if (data.variable.name !== 'Entries' || maxLimit === undefined) return [];
  return [[`${variableKey(data)}.maxLimit`, String(maxLimit)]];
}

function variableKey({ component, variable }: ReportData): string {
  const { evse } = component;
  const place =
    evse === undefined
      ? ''
      : `@${[evse.id, evse.connectorId].filter((id) => id !== undefined).join(':')}`;
  return `${named(component)}${place}.${named(variable)}`;
}

function named({ name, instance }: { readonly name: string; readonly instance?: string }): string {
  return instance === undefined ? name : `${name}[${instance}]`;
}
