import { describe, expect, test } from 'vitest';
import { learntVariables } from '../../src/ocpp/learn-variables.js';
import { changeCalls, changeStatus, type VariableChange } from '../../src/ocpp/variable-changes.js';

const change = (variable: string, more: Partial<VariableChange> = {}): VariableChange => ({
  component: 'C',
  variable,
  attribute: 'Actual',
  value: 'v',
  ...more,
});
const all = ['A', 'B', 'D', 'E', 'F'].map((it) => change(it));
const indices = (itemsMax: number, bytesMax: number) =>
  changeCalls('ocpp2.0.1', all, { itemsMax, bytesMax }).map((it) => it.indices);

describe('changeCalls', () => {
  test('B05.FR.11 puts no more items into a message than the station takes', () => {
    expect(indices(2, 10_000)).toEqual([[0, 1], [2, 3], [4]]);
    expect(indices(1, 10_000)).toHaveLength(5);
  });

  test('puts no more bytes into a message than the station takes, and one item at least', () => {
    expect(indices(10, 150)).toEqual([[0, 1], [2, 3], [4]]);
    expect(indices(10, 1)).toHaveLength(5);
  });

  test('names places as 2.x does, and keys as 1.6', () => {
    const place = { evseNumber: 1, connectorNumber: 2, attribute: 'Target' } as const;
    const [call] = changeCalls('ocpp2.1', [change('A', place)], { itemsMax: 1, bytesMax: 1000 });
    expect(call?.payload).toEqual({
      setVariableData: [
        {
          component: { name: 'C', evse: { id: 1, connectorId: 2 } },
          variable: { name: 'A' },
          attributeType: 'Target',
          attributeValue: 'v',
        },
      ],
    });
    const [old] = changeCalls('ocpp1.6', [change('A')], { itemsMax: 9, bytesMax: 1 });
    expect(old).toEqual({
      action: 'ChangeConfiguration',
      payload: { key: 'A', value: 'v' },
      indices: [0],
    });
  });
});

describe('changeStatus', () => {
  const result = (attributeStatus: string, name = 'a') => ({
    setVariableResult: [{ component: { name: 'c' }, variable: { name }, attributeStatus }],
  });

  test.each([
    [{ status: 'Accepted' }, 'accepted'],
    [{ status: 'RebootRequired' }, 'reboot-required'],
    [{ status: 'NotSupported' }, 'unknown-variable'],
    [{ status: 'Rejected' }, 'rejected'],
    [result('Accepted'), 'accepted'],
    [result('UnknownComponent'), 'unknown-variable'],
    [result('NotSupportedAttributeType'), 'not-supported'],
    [result('Accepted', 'other'), 'failed'],
    [{}, 'failed'],
  ])('%j: %s', (answer, status) => {
    expect(changeStatus(answer, change('A'))).toBe(status);
  });
});

describe('learntVariables', () => {
  test('of values read: only those that were told', () => {
    const told = { component: { name: 'C' }, variable: { name: 'A' } };
    const getVariableResult = [
      { ...told, attributeStatus: 'Accepted', attributeValue: '1' },
      { ...told, attributeStatus: 'Rejected' },
    ];
    const call = { action: 'GetVariables', payload: {} };
    expect(learntVariables(call, { getVariableResult })).toEqual([
      { component: 'C', variable: 'A', attribute: 'Actual', value: '1' },
    ]);
  });

  test('of a change that was refused, and of any other call: nothing', () => {
    const call = { action: 'ChangeConfiguration', payload: { key: 'A', value: '1' } };
    expect(learntVariables(call, { status: 'Rejected' })).toEqual([]);
    expect(learntVariables({ action: 'Reset', payload: {} }, { status: 'Accepted' })).toEqual([]);
  });
});
