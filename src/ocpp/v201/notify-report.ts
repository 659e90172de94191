import type { Handled, HandlerContext } from '../handler.js';
import { fromStation } from '../handler.js';

interface ReportData {
  readonly component: {
    readonly name: string;
    readonly instance?: string;
    readonly evse?: { readonly id: number; readonly connectorId?: number };
  };
  readonly variable: { readonly name: string; readonly instance?: string };
  readonly variableAttribute: readonly { readonly type?: string; readonly value?: string }[];
}

/**
 * B07: one part of a report. Keys are `Component.Variable`, with instances in brackets and the EVSE
 * behind an @: `SmartChargingCtrlr.RateUnit`, `EVSE@1.Power`, `SmartChargingCtrlr.Entries[ChargingProfiles]`.
 */
export function notifyReport(
  payload: { readonly reportData?: readonly ReportData[] },
  context: HandlerContext,
): Handled {
  const variables = Object.fromEntries((payload.reportData ?? []).flatMap(actualValue));
  if (Object.keys(variables).length === 0) return { events: [], answer: {} };
  return {
    events: [{ ...fromStation(context), type: 'station.variables', variables }],
    answer: {},
  };
}

function actualValue(data: ReportData): readonly (readonly [string, string])[] {
  const actual = data.variableAttribute.find(({ type }) => type === undefined || type === 'Actual');
  return actual?.value === undefined ? [] : [[variableKey(data), actual.value]];
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
