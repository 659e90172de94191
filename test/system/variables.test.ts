/** Settings of stations over the whole service: learnt from reports and answers, changed, kept. */
import type { RPCClient } from 'ocpp-rpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { siteId } from '../../solver/index.js';
import { smallSite } from '../control/small-site.js';
import { type RunningService, runService } from '../support/running-service.js';
import { waitFor } from './gateway-harness.js';

const SITE = siteId('site');
const V16 = '/v1/charging-stations/S1/variables';
const V201 = '/v1/charging-stations/S2/variables';
const SOON = { timeout: 20_000 };

let service: RunningService;
let station2: RPCClient;
const clients: RPCClient[] = [];
const sent: { action: string; params: unknown }[] = [];

/** Keys of the 1.6 station. */
const keys = new Map([
  ['HeartbeatInterval', '300'],
  ['AuthorizationKey', 'a-station-that-tells-too-much'],
  ['NumberOfConnectors', '1'],
]);

function reply16(action: string, params: unknown): object {
  if (action === 'GetConfiguration') {
    const configurationKey = [...keys].map(([key, value]) => ({
      key,
      value,
      readonly: key === 'NumberOfConnectors',
    }));
    return { configurationKey };
  }
  if (action !== 'ChangeConfiguration') return { status: 'Accepted' };
  sent.push({ action, params });
  const { key } = params as { key: string };
  if (key === 'Nonsense') return { status: 'NotSupported' };
  return { status: key === 'NumberOfConnectors' ? 'Rejected' : 'Accepted' };
}

interface SetItem {
  readonly component: { readonly name: string };
  readonly variable: { readonly name: string };
}

function reply2(action: string, params: unknown): object {
  if (action !== 'SetVariables') return { status: 'Accepted' };
  sent.push({ action, params });
  const { setVariableData } = params as { setVariableData: readonly SetItem[] };
  const setVariableResult = setVariableData.map(({ component, variable }) => ({
    component,
    variable,
    attributeStatus: variable.name === 'Nonsense' ? 'UnknownVariable' : 'Accepted',
  }));
  return { setVariableResult };
}

beforeAll(async () => {
  service = await runService(smallSite({ stations: 3 }));
  clients.push(await service.connect({ id: 'S1', version: 'ocpp1.6', reply: reply16 }));
  station2 = await service.connect({ id: 'S2', version: 'ocpp2.0.1', reply: reply2 });
  clients.push(station2);
  await waitFor(
    () => service.engine.stations(SITE).filter((it) => it.stage !== 'offline').length === 2,
    'two links',
  );
});
afterAll(async () => {
  await Promise.all(clients.map((it) => it.close({ code: 1000, reason: 'done' } as never)));
  await service.close();
});

const items = async (path: string) => (await service.call('GET', path)).body.items;
const setting = (component: string, variable: string, more: object = {}) => ({
  component: { name: component },
  variable: { name: variable },
  variableAttribute: [{ value: '7', ...more }],
});

test('1.6: all keys are asked for, and told without secrets', async () => {
  const answer = await service.call('POST', `${V16}/refresh`);
  expect([answer.status, answer.body.status]).toEqual([200, 'accepted']);
  expect(JSON.stringify(answer.body)).not.toContain('too-much');
  await expect.poll(() => items(V16), SOON).toHaveLength(3);
  const known = await items(V16);
  expect(known).toMatchObject([
    { variable: 'AuthorizationKey', mutability: 'ReadWrite' },
    { variable: 'HeartbeatInterval', attribute: 'Actual', value: '300' },
    { variable: 'NumberOfConnectors', value: '1', mutability: 'ReadOnly' },
  ]);
  expect(known[0]).not.toHaveProperty('value');
  expect(known[0]).not.toHaveProperty('component');
});

test('1.6: each key is answered for itself, and what was taken is known', async () => {
  sent.length = 0;
  const changes = [
    { variable: 'HeartbeatInterval', value: '60' },
    { variable: 'NumberOfConnectors', value: '2' },
    { variable: 'Nonsense', value: 'x' },
  ];
  const answer = await service.call('PATCH', V16, { items: changes });
  expect(answer.body.items).toMatchObject([
    { variable: 'HeartbeatInterval', status: 'accepted' },
    { variable: 'NumberOfConnectors', status: 'rejected' },
    { variable: 'Nonsense', status: 'unknown-variable' },
  ]);
  expect(sent.map(({ params }) => params)).toContainEqual({
    key: 'HeartbeatInterval',
    value: '60',
  });
  const read = async () => (await items(`${V16}?variable=heartbeatinterval`))[0]?.value;
  await expect.poll(read, SOON).toBe('60');
});

test('2.x: a report of several parts is kept, attribute by attribute', async () => {
  const report = (seqNo: number, tbc: boolean, reportData: readonly object[]) =>
    station2.call('NotifyReport', {
      requestId: 1,
      generatedAt: '2026-05-20T10:00:00Z',
      seqNo,
      tbc,
      reportData,
    });
  await report(0, true, [
    {
      ...setting('SecurityCtrlr', 'BasicAuthPassword', { mutability: 'WriteOnly' }),
      variableCharacteristics: { dataType: 'string', supportsMonitoring: false },
    },
    {
      component: { name: 'EVSE', evse: { id: 1 } },
      variable: { name: 'Power' },
      variableAttribute: [
        { type: 'Actual', value: '3000', mutability: 'ReadOnly' },
        { type: 'MaxSet', value: '22000' },
      ],
      variableCharacteristics: {
        dataType: 'decimal',
        unit: 'W',
        minLimit: 0,
        maxLimit: 22_000,
        supportsMonitoring: true,
      },
    },
  ]);
  await report(1, false, [
    {
      ...setting('DeviceDataCtrlr', 'ItemsPerMessage', { value: '2' }),
      variable: { name: 'ItemsPerMessage', instance: 'SetVariables' },
    },
  ]);
  const known = await items(V201);
  expect(known).toMatchObject([
    { component: 'DeviceDataCtrlr', variableInstance: 'SetVariables', value: '2' },
    {
      component: 'EVSE',
      evseNumber: 1,
      attribute: 'Actual',
      value: '3000',
      unit: 'W',
      limitMax: 22_000,
    },
    { component: 'EVSE', attribute: 'MaxSet', value: '22000' },
    { component: 'SecurityCtrlr', mutability: 'WriteOnly' },
  ]);
  expect(known[3]).not.toHaveProperty('value');
  const first = await service.call('GET', `${V201}?limit=3`);
  const next = await items(`${V201}?limit=3&after=${encodeURIComponent(first.body.next)}`);
  expect(next).toMatchObject([{ component: 'SecurityCtrlr' }]);
  expect(await items(`${V201}?component=evse`)).toHaveLength(2);
});

test('2.x: no message holds more than the station takes, and each item has its answer', async () => {
  sent.length = 0;
  const change = (variable: string, value = '1') => ({ component: 'AuthCtrlr', variable, value });
  const changes = ['Enabled', 'LocalPreAuthorize', 'Nonsense', 'OfflineTxForUnknownIdEnabled'];
  const answer = await service.call('PATCH', V201, {
    items: changes.map((variable) => change(variable)),
  });
  const own = sent.filter(({ params }) => JSON.stringify(params).includes('AuthCtrlr'));
  expect(
    own.map(({ params }) => (params as { setVariableData: unknown[] }).setVariableData.length),
  ).toEqual([2, 2]);
  expect(answer.body.items.map((it: { status: string }) => it.status)).toEqual([
    'accepted',
    'accepted',
    'unknown-variable',
    'accepted',
  ]);
  const password = { component: 'SecurityCtrlr', variable: 'BasicAuthPassword' };
  const secret = await service.call('PATCH', V201, {
    items: [{ ...password, value: 's'.repeat(20) }],
  });
  expect(secret.body.items).toMatchObject([{ ...password, status: 'accepted' }]);
  const [kept] = await items(`${V201}?variable=BasicAuthPassword`);
  expect(kept).not.toHaveProperty('value');
});

test('what is wrong is named, and nothing is asked', async () => {
  sent.length = 0;
  const patch = (path: string, ...changes: readonly object[]) =>
    service.call('PATCH', path, { items: changes });
  const pointerOf = async (answer: ReturnType<typeof patch>) => {
    const { status, body } = await answer;
    return [status, body.errors?.[0]?.pointer];
  };
  const good = { variable: 'HeartbeatInterval', value: '1' };
  expect(await pointerOf(patch(V16, good, { component: 'x', ...good }))).toEqual([
    422,
    '/items/1/component',
  ]);
  expect(await pointerOf(patch(V16, { ...good, value: 'x'.repeat(501) }))).toEqual([
    422,
    '/items/0/value',
  ]);
  expect(await pointerOf(patch(V201, good))).toEqual([422, '/items/0/component']);
  expect(await pointerOf(patch(V201))).toEqual([422, '/items']);
  const never = await patch('/v1/charging-stations/S3/variables', good);
  expect(never.body.type).toBe('/problems/station-offline');
  expect(sent.filter(({ action }) => action === 'ChangeConfiguration')).toEqual([]);
});
