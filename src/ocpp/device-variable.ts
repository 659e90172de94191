/** One attribute of one variable of a station: 2.x device model, or a configuration key of 1.6. */

export type VariableAttribute = 'Actual' | 'Target' | 'MinSet' | 'MaxSet';

export interface DeviceVariable {
  /** Empty for a key of 1.6, which belongs to no component. */
  readonly component: string;
  readonly componentInstance?: string;
  readonly evseNumber?: number;
  readonly connectorNumber?: number;
  readonly variable: string;
  readonly variableInstance?: string;
  readonly attribute: VariableAttribute;
  /** Absent: not told, or nobody may read it. */
  readonly value?: string;
  readonly mutability?: 'ReadOnly' | 'WriteOnly' | 'ReadWrite';
  readonly persistent?: boolean;
  readonly constant?: boolean;
  readonly dataType?: string;
  readonly unit?: string;
  readonly limitMin?: number;
  readonly limitMax?: number;
  /** Of an option or a list: what it may be, by commas. */
  readonly allowedValues?: string;
}

/** Where an attribute stands: what identifies it within its station. */
export type VariablePlace = Pick<
  DeviceVariable,
  | 'component'
  | 'componentInstance'
  | 'evseNumber'
  | 'connectorNumber'
  | 'variable'
  | 'variableInstance'
  | 'attribute'
>;

/**
 * `Component[instance]@evse:connector.Variable[instance]/Attribute`; a 1.6 key is `Key/Actual`. Names
 * in lower case: the standard compares them so.
 */
export function variablePath(place: VariablePlace): string {
  const { component, componentInstance, evseNumber, connectorNumber } = place;
  const at = [evseNumber, connectorNumber].filter((it) => it !== undefined).join(':');
  const owner = `${named(component, componentInstance)}${at === '' ? '' : `@${at}`}`;
  const name = named(place.variable, place.variableInstance);
  return `${owner === '' ? '' : `${owner}.`}${name}/${place.attribute}`.toLowerCase();
}

function named(name: string, instance: string | undefined): string {
  return instance === undefined ? name : `${name}[${instance}]`;
}

/** A component and a variable as the messages of 2.x name them. */
export interface WireVariable {
  readonly component: {
    readonly name: string;
    readonly instance?: string;
    readonly evse?: { readonly id: number; readonly connectorId?: number };
  };
  readonly variable: { readonly name: string; readonly instance?: string };
}

export function placeOf(
  { component, variable }: WireVariable,
  attribute: VariableAttribute = 'Actual',
): VariablePlace {
  const { evse } = component;
  return {
    component: component.name,
    ...(component.instance === undefined ? {} : { componentInstance: component.instance }),
    ...(evse === undefined ? {} : { evseNumber: evse.id }),
    ...(evse?.connectorId === undefined ? {} : { connectorNumber: evse.connectorId }),
    variable: variable.name,
    ...(variable.instance === undefined ? {} : { variableInstance: variable.instance }),
    attribute,
  };
}

export function wireVariable(place: Omit<VariablePlace, 'attribute'>): WireVariable {
  const { component, componentInstance, evseNumber, connectorNumber } = place;
  const connector = connectorNumber === undefined ? {} : { connectorId: connectorNumber };
  return {
    component: {
      name: component,
      ...(componentInstance === undefined ? {} : { instance: componentInstance }),
      ...(evseNumber === undefined ? {} : { evse: { id: evseNumber, ...connector } }),
    },
    variable: {
      name: place.variable,
      ...(place.variableInstance === undefined ? {} : { instance: place.variableInstance }),
    },
  };
}
