/** What the answers to our calls tell about a station's configuration, whoever asked. */
import type { Call } from './call-line.js';
import {
  type DeviceVariable,
  placeOf,
  variablePath,
  type VariableAttribute,
  type WireVariable,
} from './device-variable.js';

const SET = new Set(['Accepted', 'RebootRequired']);

/** Precondition: the answer has passed the schema of the call. */
export function learntVariables(call: Call, answer: unknown): readonly DeviceVariable[] {
  switch (call.action) {
    case 'GetConfiguration':
      return keysOf(answer as ConfigurationAnswer);
    case 'ChangeConfiguration':
      return changedKey(call.payload as ConfigurationChange, answer as { status: string });
    case 'GetVariables':
      return valuesRead(answer as GetVariablesAnswer);
    case 'SetVariables':
      return valuesSet(call.payload as SetVariablesCall, answer as SetVariablesAnswer);
    default:
      return [];
  }
}

interface ConfigurationAnswer {
  readonly configurationKey?: readonly {
    readonly key: string;
    readonly readonly: boolean;
    readonly value?: string;
  }[];
}

function keysOf({ configurationKey = [] }: ConfigurationAnswer): readonly DeviceVariable[] {
  return configurationKey.map(({ key, readonly, value }) => ({
    ...keyPlace(key),
    mutability: readonly ? 'ReadOnly' : 'ReadWrite',
    ...(value === undefined ? {} : { value }),
  }));
}

interface ConfigurationChange {
  readonly key: string;
  readonly value: string;
}

function changedKey(
  { key, value }: ConfigurationChange,
  { status }: { readonly status: string },
): readonly DeviceVariable[] {
  return SET.has(status) ? [{ ...keyPlace(key), value }] : [];
}

function keyPlace(key: string) {
  return { component: '', variable: key, attribute: 'Actual' } as const;
}

interface GetVariablesAnswer {
  readonly getVariableResult: readonly (WireVariable & {
    readonly attributeStatus: string;
    readonly attributeType?: VariableAttribute;
    readonly attributeValue?: string;
  })[];
}

function valuesRead({ getVariableResult }: GetVariablesAnswer): readonly DeviceVariable[] {
  return getVariableResult.flatMap((it) => {
    const { attributeStatus, attributeType, attributeValue: value } = it;
    if (attributeStatus !== 'Accepted' || value === undefined) return [];
    return [{ ...placeOf(it, attributeType), value }];
  });
}

interface SetVariablesCall {
  readonly setVariableData: readonly (WireVariable & {
    readonly attributeType?: VariableAttribute;
    readonly attributeValue: string;
  })[];
}

interface SetVariablesAnswer {
  readonly setVariableResult: readonly (WireVariable & {
    readonly attributeStatus: string;
    readonly attributeType?: VariableAttribute;
  })[];
}

function valuesSet(
  { setVariableData }: SetVariablesCall,
  { setVariableResult }: SetVariablesAnswer,
): readonly DeviceVariable[] {
  const accepted = new Set(
    setVariableResult
      .filter((it) => SET.has(it.attributeStatus))
      .map((it) => variablePath(placeOf(it, it.attributeType))),
  );
  return setVariableData.flatMap((it) => {
    const place = placeOf(it, it.attributeType);
    return accepted.has(variablePath(place)) ? [{ ...place, value: it.attributeValue }] : [];
  });
}
