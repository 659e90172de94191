import { expect, test } from 'vitest';
import { createRepeatedCalls } from '../../src/ocpp/repeated-calls.js';

const call = (id: string, action = 'StartTransaction', payload = '{"a":1}'): string =>
  `[2,"${id}","${action}",${payload}]`;

test('the same call again gets the answer that left, whatever came in between', () => {
  const repeated = createRepeatedCalls();
  expect(repeated.arrived(call('1'))).toBe('new');
  expect(repeated.arrived(call('1'))).toBe('waiting');
  repeated.left('[3,"1",{"transactionId":7}]');
  expect(repeated.arrived(call('2'))).toBe('new');
  expect(repeated.arrived(call('1'))).toEqual({ answer: '[3,"1",{"transactionId":7}]' });
});

test('another payload under the same id is another call, and so is one left unanswered', () => {
  const repeated = createRepeatedCalls();
  repeated.arrived(call('1'));
  repeated.left('[3,"1",{}]');
  expect(repeated.arrived(call('1', 'StartTransaction', '{"a":2}'))).toBe('new');
  repeated.unanswered('1');
  expect(repeated.arrived(call('1', 'StartTransaction', '{"a":2}'))).toBe('new');
});

test('heartbeats, garbage and our own calls are never repeats; what is long ago is forgotten', () => {
  const repeated = createRepeatedCalls();
  for (const text of [call('h', 'Heartbeat'), '[2]', '{', '[3,"1",{}]', '[2,7,"A",{}]']) {
    expect(repeated.arrived(text)).toBe('new');
    repeated.left('[3,"h",{}]');
    expect(repeated.arrived(text)).toBe('new');
  }
  repeated.arrived(call('old'));
  for (let id = 0; id < 8; id += 1) repeated.arrived(call(String(id)));
  expect(repeated.arrived(call('old'))).toBe('new');
});
