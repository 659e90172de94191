/** The generator and the validator of the fuzz runs, held against the schemas as published. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { sharedPath } from '../setup/shared-data.js';
import { dice } from '../sim/random.js';
import { createOracle } from './oracle.js';
import { payloadFor, type Size } from './schema-payload.js';
import { type JsonSchema, messagesOf, STATION_ACTIONS, VERSIONS } from './shipped-schemas.js';
import { CSMS_REQUESTS } from '../../src/ocpp/csms-requests.js';

const SIZES: readonly Size[] = ['minimal', 'maximal', 'any'];

describe.each(VERSIONS)('payloads of %s', (version) => {
  const messages = messagesOf(version);
  const oracle = createOracle(version, messages);

  test('of every action of a station and size follow their schema', () => {
    for (const action of STATION_ACTIONS[version]) {
      const schema = messages.requests.get(action) ?? {};
      for (const size of SIZES) {
        const payload = payloadFor(dice(1, `${action} ${size}`), schema, size);
        expect([action, size, oracle.request(action, payload)]).toEqual([action, size, undefined]);
      }
    }
  });

  test('the actions that a station may send are messages of the version', () => {
    for (const action of STATION_ACTIONS[version]) {
      expect(messages.requests.has(action)).toBe(true);
      expect(messages.responses.has(action)).toBe(true);
    }
  });

  const folder = sharedPath('protocols', 'ocpp', 'schemas', version.replace('ocpp', ''));
  test.runIf(folder !== undefined)('the largest of each follow the published schema too', () => {
    const ajv = new Ajv({ strict: false, multipleOfPrecision: 6, logger: false });
    ajv.addFormat('date-time', true);
    ajv.addFormat('uri', true);
    let checked = 0;
    for (const action of STATION_ACTIONS[version]) {
      const names = [`${action}.json`, `${action}Request.json`];
      const paths = names.map((name) => join(folder ?? '', name));
      const path = paths.find((it) => existsSync(it));
      const schema = messages.requests.get(action);
      if (path === undefined || schema === undefined) continue;
      const {
        $schema: _,
        $id: __,
        id: ___,
        ...published
      } = JSON.parse(readFileSync(path, 'utf8')) as JsonSchema & { $schema?: string; id?: string };
      const validate = ajv.compile(published);
      const payload = payloadFor(dice(2, action), schema, 'maximal');
      expect([action, validate(payload), validate.errors]).toEqual([action, true, null]);
      checked += 1;
    }
    expect(checked).toBe(STATION_ACTIONS[version].length);
  });
});

test.each(VERSIONS)(
  'every request of %s is one of stations, of the CPMS, or of both',
  (version) => {
    const known = new Set([...STATION_ACTIONS[version], ...CSMS_REQUESTS[version]]);
    expect([...known].toSorted()).toEqual([...messagesOf(version).requests.keys()].toSorted());
    const ofBoth = STATION_ACTIONS[version].filter((it) => CSMS_REQUESTS[version].includes(it));
    expect(ofBoth).toEqual(['DataTransfer']);
  },
);
