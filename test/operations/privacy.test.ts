/** What the log must not keep, and what a spreadsheet must not run. */
import { describe, expect, test } from 'vitest';
import { csvLine } from '../../src/api/csv.js';
import { frameRecord } from '../../src/ocpp/frame-log.js';
import { temperatureOf } from '../../src/operations/temperature.js';

const ORIGIN = { stationId: 'CP1', generation: 1, version: 'ocpp1.6' } as const;
const record = (frame: unknown) =>
  frameRecord(ORIGIN, { framesIn: 1, framesOut: 0 }, 'in', JSON.stringify(frame));
const kept = (frame: unknown): string => JSON.stringify(record(frame).redacted());

describe('a kept frame', () => {
  test.each<readonly [string, unknown, string]>([
    ['a token', [2, '1', 'Authorize', { idTag: 'DEADBEEF4711' }], 'DEADBEEF'],
    ['a short token', [2, '1', 'Authorize', { idTag: 'AB12' }], 'AB12'],
    ['a token of 2.x', [2, '1', 'Authorize', { idToken: { idToken: 'DEADBEEF4711' } }], 'DEADBEEF'],
    [
      'a password that is set',
      [2, '1', 'ChangeConfiguration', { key: 'AuthorizationKey', value: 's3cr3tvalue' }],
      's3cr3tvalue',
    ],
    [
      'a variable of 2.x',
      [
        2,
        '1',
        'SetVariables',
        {
          setVariableData: [
            {
              component: { name: 'SecurityCtrlr' },
              variable: { name: 'BasicAuthPassword' },
              attributeValue: 's3cr3tvalue',
            },
          ],
        },
      ],
      's3cr3tvalue',
    ],
    [
      'a login in a URL',
      [2, '1', 'GetDiagnostics', { location: 'ftp://joe:s3cr3tvalue@files.example/x' }],
      's3cr3tvalue',
    ],
    [
      'a secret in the JSON of a vendor',
      [2, '1', 'DataTransfer', { vendorId: 'x', data: '{"apiKey":"s3cr3tvalue"}' }],
      's3cr3tvalue',
    ],
    [
      'a secret in the text of a vendor',
      [2, '1', 'DataTransfer', { vendorId: 'x', data: 'user=joe;wifiPassword=s3cr3tvalue' }],
      's3cr3tvalue',
    ],
    [
      'a key that nobody named',
      [3, '1', { status: 'Accepted', data: 'k 0123456789abcdef0123456789abcdef' }],
      '0123456789abcdef',
    ],
  ])('does not have %s', (_what, frame, secret) => {
    expect(JSON.stringify(frame)).toContain(secret);
    expect(kept(frame)).not.toContain(secret);
  });

  test('shows the end of a long token, and everything that is no secret', () => {
    expect(kept([2, '1', 'Authorize', { idTag: 'DEADBEEF4711' }])).toContain('***4711');
    const frame = [2, '1', 'ChangeConfiguration', { key: 'HeartbeatInterval', value: '300' }];
    expect(kept(frame)).toBe(JSON.stringify(frame));
  });

  test('is described without a parse', () => {
    expect(record([2, 'a-1', 'Heartbeat', {}])).toMatchObject({
      messageType: 2,
      messageId: 'a-1',
      action: 'Heartbeat',
      errorCode: undefined,
    });
    expect(record([4, 'a-2', 'GenericError', 'why', {}])).toMatchObject({
      messageType: 4,
      action: undefined,
      errorCode: 'GenericError',
    });
  });

  test('is masked however long a run of letters it holds', () => {
    const data = `${'a-'.repeat(30_000)}apiKey=s3cr3tvalue`;
    const frame = [2, '1', 'DataTransfer', { vendorId: 'x', data }];
    expect(kept(frame)).toContain('apiKey=***');
    expect(kept(frame)).not.toContain('s3cr3tvalue');
  });

  test('that is no JSON is told, not kept', () => {
    const { redacted, messageType } = frameRecord(
      ORIGIN,
      { framesIn: 1, framesOut: 0 },
      'in',
      '{"password": "x',
    );
    expect(redacted()).toBeUndefined();
    expect(messageType).toBeUndefined();
  });
});

describe('a line of CSV', () => {
  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])('runs nothing: %j', (cell) => {
    expect(csvLine([cell])).toMatch(/^"?'/);
  });

  test('keeps quotes, commas and line ends inside a cell', () => {
    expect(csvLine(['a"b', 'c,d', 'e\nf', 7, undefined])).toBe('"a""b","c,d","e\nf",7,\r\n');
  });
});

describe('a temperature', () => {
  test('is found in sampled values and in events, in any unit', () => {
    const sampled = (sample: object) => [
      2,
      '1',
      'MeterValues',
      {
        connectorId: 1,
        meterValue: [{ sampledValue: [{ measurand: 'Voltage', value: '230' }, sample] }],
      },
    ];
    const at = (more: object): number | undefined =>
      temperatureOf(sampled({ measurand: 'Temperature', ...more }));
    expect(at({ value: '41.5', unit: 'Celsius' })).toBe(41.5);
    expect(at({ value: '212', unit: 'Fahrenheit' })).toBe(100);
    expect(at({ value: 300, unitOfMeasure: { unit: 'K' } })).toBeCloseTo(26.85, 9);
    const eventData = [{ variable: { name: 'Temperature' }, actualValue: '55' }];
    expect(temperatureOf([2, '1', 'NotifyEvent', { eventData }])).toBe(55);
  });

  test('of a broken sensor, or none at all, is none', () => {
    const value = (text: string) =>
      temperatureOf([2, '1', 'X', { measurand: 'Temperature', value: text }]);
    expect(value('9999')).toBeUndefined();
    expect(value('')).toBeUndefined();
    expect(value('hot')).toBeUndefined();
    expect(temperatureOf([2, '1', 'Heartbeat', {}])).toBeUndefined();
  });
});
