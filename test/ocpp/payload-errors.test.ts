/** Our check against the validator that ocpp-rpc ships, and the words of its errors. */
import { createRequire } from 'node:module';
import * as fc from 'fast-check';
import { createValidator } from 'ocpp-rpc';
import { describe, expect, test } from 'vitest';
import { CSMS_REQUESTS } from '../../src/ocpp/csms-requests.js';
import { createOutgoingRequests } from '../../src/ocpp/outgoing-requests.js';
import { payloadsOf } from '../support/generate-payload.js';

const require = createRequire(import.meta.url);
const requests = createOutgoingRequests();
const VERSIONS = ['ocpp1.6', 'ocpp2.0.1'] as const;
const FILES = { 'ocpp1.6': 'ocpp1_6', 'ocpp2.0.1': 'ocpp2_0_1' };

/** At any depth, one place replaced by anything. */
function replaced(value: unknown, path: readonly number[], by: unknown): unknown {
  const [at, ...rest] = path;
  if (at === undefined || typeof value !== 'object' || value === null) return by;
  const entries = Object.entries(value);
  const index = at % Math.max(1, entries.length);
  const changed = entries.map(([key, item], i) => [
    key,
    i === index ? replaced(item, rest, by) : item,
  ]);
  return Array.isArray(value) ? changed.map(([, item]) => item) : Object.fromEntries(changed);
}

describe.each(VERSIONS)('%s', (version) => {
  const validator = createValidator(
    version,
    require(`ocpp-rpc/lib/schemas/${FILES[version]}.json`),
  );
  const payloads = payloadsOf(version);
  const passes = (action: string, payload: unknown): boolean => {
    try {
      validator.validate(`urn:${action}.req`, payload);
      return true;
    } catch {
      return false;
    }
  };

  test('agrees with the other validator on good payloads with one place replaced', () => {
    const broken = fc.tuple(
      fc.constantFrom(...CSMS_REQUESTS[version]),
      fc.constantFrom('minimal' as const, 'maximal' as const),
      fc.array(fc.nat(9), { minLength: 1, maxLength: 5 }),
      fc.oneof(fc.jsonValue({ maxDepth: 1 }), fc.constant('x'.repeat(2000)), fc.integer()),
    );
    fc.assert(
      fc.property(broken, ([action, extent, path, by]) => {
        const payload = replaced(payloads(action, 'req', extent), path, by);
        const ours = requests.errors(version, action, payload).length === 0;
        expect(ours, JSON.stringify(payload).slice(0, 300)).toBe(passes(action, payload));
      }),
      { numRuns: 600 },
    );
  });
});

describe('an error names its place and what is allowed', () => {
  test.each([
    ['Reset', {}, '/type', 'is missing; expected one of Hard, Soft'],
    ['Reset', { type: 'Cold' }, '/type', 'expected one of Hard, Soft'],
    ['Reset', { type: 'Hard', now: true }, '/now', 'is not known here'],
    ['UnlockConnector', { connectorId: 1.5 }, '/connectorId', 'expected an integer'],
    ['GetConfiguration', { key: ['a', 7] }, '/key/1', 'expected text of at most 50 characters'],
    [
      'UpdateFirmware',
      { location: 'https://example.org', retrieveDate: 'tomorrow' },
      '/retrieveDate',
      'expected an instant in RFC 3339, such as 2026-01-15T10:00:00Z',
    ],
    ['Reset', [], '', 'expected an object'],
    ['Reset', { type: 'Hard', 'a/b~c': 1 }, '/a~1b~0c', 'is not known here'],
  ])('%s %j', (action, payload, pointer, detail) => {
    const [first] = requests.errors('ocpp1.6', action, payload);
    expect(first).toEqual({ pointer, detail });
  });

  test('takes every value in tenths', () => {
    for (let tenths = 0; tenths <= 321; tenths += 1) {
      const chargingSchedule = {
        chargingRateUnit: 'A',
        chargingSchedulePeriod: [{ startPeriod: 0, limit: tenths / 10 }],
      };
      const csChargingProfiles = {
        chargingProfileId: 1,
        stackLevel: 0,
        chargingProfilePurpose: 'TxProfile',
        chargingProfileKind: 'Absolute',
        chargingSchedule,
      };
      const payload = { connectorId: 1, csChargingProfiles };
      expect(requests.errors('ocpp1.6', 'SetChargingProfile', payload)).toEqual([]);
    }
  });

  test('what is nested without end is refused, not walked', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`) as object;
    const payload = { customData: { vendorId: 'x', ...deep } };
    expect(requests.errors('ocpp2.0.1', 'ClearCache', payload)).toEqual([]);
  });
});
