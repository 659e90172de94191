import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { CommandOutcome, OcppVersion, StationCommand } from '../../src/ocpp/messages.js';
import {
  connectRaw,
  connectStation,
  type Harness,
  NOW_MS,
  type Reply,
  row,
  setProfile,
  sleep,
  startHarness,
  waitFor,
} from './gateway-harness.js';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(() => harness.close());

/** Sends one command to a station that answers with `replies`; gives what it was asked and the outcome. */
async function exchange(
  version: OcppVersion,
  command: StationCommand,
  replies: Readonly<Record<string, Reply>>,
): Promise<{ calls: [string, unknown][]; outcome: CommandOutcome }> {
  const calls: [string, unknown][] = [];
  const recording = Object.fromEntries(
    Object.entries(replies).map(([action, reply]): [string, Reply] => [
      action,
      (params) => {
        calls.push([action, params]);
        return reply(params);
      },
    ]),
  );
  await connectStation(harness, { version, replies: recording });
  harness.gateway.dispatch([row(command)]);
  const { outcome, sentAtMs } = await harness.until('command.answered');
  expect(sentAtMs).toBe(NOW_MS);
  return { calls, outcome };
}

const always =
  (answer: object): Reply =>
  () =>
    answer;
const accepted = always({ status: 'Accepted' });
const START = '2026-03-01T12:00:00Z';

describe('OCPP 1.6 calls', () => {
  test('SetChargingProfile', async () => {
    const { calls, outcome } = await exchange('ocpp1.6', setProfile(1, 16), {
      SetChargingProfile: accepted,
    });
    expect(outcome).toEqual({ status: 'accepted' });
    expect(calls).toEqual([
      [
        'SetChargingProfile',
        {
          connectorId: 1,
          csChargingProfiles: {
            chargingProfileId: 101,
            stackLevel: 0,
            chargingProfilePurpose: 'TxDefaultProfile',
            chargingProfileKind: 'Absolute',
            chargingSchedule: {
              startSchedule: START,
              chargingRateUnit: 'A',
              chargingSchedulePeriod: [{ startPeriod: 0, limit: 16, numberPhases: 3 }],
            },
          },
        },
      ],
    ]);
  });

  test.each([
    [{ status: 'Rejected' }, { status: 'rejected', detail: 'Rejected' }],
    [{ status: 'NotSupported' }, { status: 'not-supported', detail: 'NotSupported' }],
  ])('SetChargingProfile answered %j', async (answer, outcome) => {
    const result = await exchange('ocpp1.6', setProfile(1, 16), {
      SetChargingProfile: always(answer),
    });
    expect(result.outcome).toEqual(outcome);
  });

  test('ClearChargingProfile that finds nothing is accepted without a match', async () => {
    const command: StationCommand = {
      kind: 'clear-charging-profile',
      criteria: { evseNumber: 1, purpose: 'tx', stackLevel: 2 },
    };
    const { calls, outcome } = await exchange('ocpp1.6', command, {
      ClearChargingProfile: always({ status: 'Unknown' }),
    });
    expect(outcome).toEqual({ status: 'accepted', matched: false });
    expect(calls[0]?.[1]).toEqual({
      connectorId: 1,
      chargingProfilePurpose: 'TxProfile',
      stackLevel: 2,
    });
  });

  test('GetCompositeSchedule is read back', async () => {
    const command: StationCommand = {
      kind: 'get-composite-schedule',
      evseNumber: 1,
      durationSec: 600,
      unit: 'A',
    };
    const { outcome } = await exchange('ocpp1.6', command, {
      GetCompositeSchedule: always({
        status: 'Accepted',
        connectorId: 1,
        scheduleStart: START,
        chargingSchedule: {
          duration: 600,
          chargingRateUnit: 'A',
          chargingSchedulePeriod: [
            { startPeriod: 0, limit: 16 },
            { startPeriod: 300, limit: 6.5 },
          ],
        },
      }),
    });
    expect(outcome).toEqual({
      status: 'accepted',
      schedule: {
        evseNumber: 1,
        startAtMs: NOW_MS,
        durationSec: 600,
        unit: 'A',
        periods: [
          { startSec: 0, limit: 16 },
          { startSec: 300, limit: 6.5 },
        ],
      },
    });
  });

  test('a composite with a limit of -1 is an error, not a limit', async () => {
    const { outcome } = await exchange(
      'ocpp1.6',
      { kind: 'get-composite-schedule', evseNumber: 1, durationSec: 600 },
      {
        GetCompositeSchedule: always({
          status: 'Accepted',
          scheduleStart: START,
          chargingSchedule: {
            chargingRateUnit: 'A',
            chargingSchedulePeriod: [{ startPeriod: 0, limit: -1 }],
          },
        }),
      },
    );
    expect(outcome.status).toBe('error');
  });

  test('GetConfiguration becomes variables', async () => {
    const { outcome } = await exchange(
      'ocpp1.6',
      { kind: 'read-variables' },
      {
        GetConfiguration: always({
          configurationKey: [
            { key: 'ChargeProfileMaxStackLevel', readonly: true, value: '3' },
            { key: 'Empty', readonly: false },
          ],
        }),
      },
    );
    expect(outcome).toEqual({
      status: 'accepted',
      variables: { ChargeProfileMaxStackLevel: '3' },
    });
  });

  test('remote start, remote stop and trigger', async () => {
    const calls: unknown[] = [];
    const record: Reply = (params) => {
      calls.push(params);
      return { status: 'Accepted' };
    };
    const replies = {
      RemoteStartTransaction: record,
      RemoteStopTransaction: record,
      TriggerMessage: record,
    };
    await connectStation(harness, { replies });
    harness.gateway.dispatch([
      row({ kind: 'remote-start', evseNumber: 2, idToken: 'TAG' }),
      row({ kind: 'remote-stop', transactionId: '7' }),
      row({ kind: 'trigger-message', message: 'meter', evseNumber: 1 }),
      row({ kind: 'remote-stop', transactionId: 'T-7' }),
    ]);
    await harness.until('command.answered', 4);
    expect(calls).toEqual([
      { connectorId: 2, idTag: 'TAG' },
      { transactionId: 7 },
      { requestedMessage: 'MeterValues', connectorId: 1 },
    ]);
    expect(harness.eventsOf('command.answered').map(({ outcome }) => outcome.status)).toEqual([
      'accepted',
      'accepted',
      'accepted',
      'not-supported',
    ]);
  });

  test('sampling falls back to measurands without power', async () => {
    const refusesPower: Reply = ({ value }) => ({
      status: String(value).includes('Power') ? 'Rejected' : 'Accepted',
    });
    const { calls, outcome } = await exchange(
      'ocpp1.6',
      { kind: 'configure-sampling', intervalSec: 10 },
      { ChangeConfiguration: refusesPower },
    );
    expect(outcome).toEqual({ status: 'accepted' });
    expect(calls.map(([, params]) => params)).toEqual([
      { key: 'MeterValueSampleInterval', value: '10' },
      {
        key: 'MeterValuesSampledData',
        value: 'Energy.Active.Import.Register,Current.Import,Power.Active.Import',
      },
      { key: 'MeterValuesSampledData', value: 'Energy.Active.Import.Register,Current.Import' },
    ]);
  });

  test('a refused interval is named, and the measurands are set all the same', async () => {
    const { calls, outcome } = await exchange(
      'ocpp1.6',
      { kind: 'configure-sampling', intervalSec: 10 },
      {
        ChangeConfiguration: ({ key }) => ({
          status: key === 'MeterValueSampleInterval' ? 'Rejected' : 'RebootRequired',
        }),
      },
    );
    expect(outcome).toEqual({ status: 'rejected', detail: 'refused: MeterValueSampleInterval' });
    expect(calls).toHaveLength(2);
  });
});

describe.each<OcppVersion>(['ocpp2.0.1', 'ocpp2.1'])('calls of %s', (version) => {
  test('SetChargingProfile', async () => {
    const { calls, outcome } = await exchange(version, setProfile(1, 16), {
      SetChargingProfile: always({
        status: 'Rejected',
        statusInfo: { reasonCode: 'InvalidProfile', additionalInfo: 'no' },
      }),
    });
    expect(outcome).toEqual({ status: 'rejected', detail: 'Rejected: InvalidProfile: no' });
    expect(calls[0]?.[1]).toMatchObject({
      evseId: 1,
      chargingProfile: {
        id: 101,
        chargingProfilePurpose: 'TxDefaultProfile',
        chargingSchedule: [{ startSchedule: START, chargingRateUnit: 'A' }],
      },
    });
  });

  test('ClearChargingProfile by id', async () => {
    const { calls, outcome } = await exchange(
      version,
      { kind: 'clear-charging-profile', profileId: 9 },
      { ClearChargingProfile: accepted },
    );
    expect(outcome).toEqual({ status: 'accepted', matched: true });
    expect(calls[0]?.[1]).toEqual({ chargingProfileId: 9 });
  });

  test('GetCompositeSchedule is read back', async () => {
    const { outcome } = await exchange(
      version,
      { kind: 'get-composite-schedule', evseNumber: 1, durationSec: 60 },
      {
        GetCompositeSchedule: always({
          status: 'Accepted',
          schedule: {
            evseId: 1,
            duration: 60,
            scheduleStart: START,
            chargingRateUnit: 'W',
            chargingSchedulePeriod: [{ startPeriod: 0, limit: 11_000, numberPhases: 3 }],
          },
        }),
      },
    );
    expect(outcome).toMatchObject({
      status: 'accepted',
      schedule: { unit: 'W', periods: [{ startSec: 0, limit: 11_000, numberPhases: 3 }] },
    });
  });

  test('remote start, remote stop, trigger and report', async () => {
    const calls: unknown[] = [];
    const record: Reply = (params) => {
      calls.push(params);
      return { status: 'Accepted' };
    };
    await connectStation(harness, {
      version,
      replies: {
        RequestStartTransaction: record,
        RequestStopTransaction: record,
        TriggerMessage: record,
        GetBaseReport: record,
      },
    });
    harness.gateway.dispatch([
      row({ kind: 'remote-start', evseNumber: 2, idToken: 'TAG' }, { seq: 5_000 }),
      row({ kind: 'remote-stop', transactionId: 'T-7' }, { seq: 5_001 }),
      row({ kind: 'trigger-message', message: 'status', evseNumber: 1 }, { seq: 5_002 }),
      row({ kind: 'read-variables' }, { seq: 5_003 }),
    ]);
    await harness.until('command.answered', 4);
    expect(calls).toEqual([
      { remoteStartId: 5_000, evseId: 2, idToken: { idToken: 'TAG', type: 'Central' } },
      { transactionId: 'T-7' },
      { requestedMessage: 'StatusNotification', evse: { id: 1, connectorId: 1 } },
      { requestId: 5_003, reportBase: 'FullInventory' },
    ]);
  });

  test('sampling falls back to measurands without power', async () => {
    type Item = { attributeValue: string; component: object; variable: { name: string } };
    const reply: Reply = ({ setVariableData }) => ({
      setVariableResult: (setVariableData as Item[]).map((item) => ({
        attributeStatus: item.attributeValue.includes('Power') ? 'Rejected' : 'Accepted',
        component: item.component,
        variable: item.variable,
      })),
    });
    const { calls, outcome } = await exchange(
      version,
      { kind: 'configure-sampling', intervalSec: 10 },
      { SetVariables: reply },
    );
    expect(outcome).toEqual({ status: 'accepted' });
    expect(calls).toHaveLength(2);
    expect(calls[1]?.[1]).toEqual({
      setVariableData: [
        {
          component: { name: 'SampledDataCtrlr' },
          variable: { name: 'TxUpdatedMeasurands' },
          attributeValue: 'Energy.Active.Import.Register,Current.Import',
        },
      ],
    });
  });
});

describe('how a command ends', () => {
  /** A raw station; `frames` are the gateway's calls as they arrive. */
  const raw = async () => {
    const { socket, received, closed } = await connectRaw(harness);
    const call = (index: number) => JSON.parse(received[index] ?? '[]') as [number, string, string];
    return { socket, received, closed, call };
  };
  const outcomes = () => harness.eventsOf('command.answered').map(({ outcome }) => outcome);
  const seqs = () => harness.eventsOf('command.answered').map(({ seq }) => seq);

  test('a station without a connection: not-sent at once', async () => {
    harness.gateway.dispatch([row(setProfile(1, 16))]);
    const { outcome, sentAtMs } = await harness.until('command.answered');
    expect(outcome).toEqual({ status: 'not-sent', detail: 'station not connected' });
    expect(sentAtMs).toBeUndefined();
  });

  test.each([
    ['NotSupported', 'not-supported'],
    ['NotImplemented', 'not-supported'],
    ['InternalError', 'error'],
    ['GenericError', 'error'],
  ])('CALLERROR %s: %s', async (code, status) => {
    const { socket, received, call } = await raw();
    harness.gateway.dispatch([row(setProfile(1, 16))]);
    await waitFor(() => received.length > 0, 'the call');
    socket.send(JSON.stringify([4, call(0)[1], code, 'because', {}]));
    expect((await harness.until('command.answered')).outcome).toEqual({
      status,
      detail: `${code}: because`,
    });
    socket.terminate();
  });

  test.each(['{}', '{"status":"Perhaps"}', '[]', 'null', '7'])(
    'an answer of %s is an error',
    async (payload) => {
      const { socket, received, call } = await raw();
      harness.gateway.dispatch([row(setProfile(1, 16))]);
      await waitFor(() => received.length > 0, 'the call');
      socket.send(`[3,"${call(0)[1]}",${payload}]`);
      expect((await harness.until('command.answered')).outcome.status).toBe('error');
      socket.terminate();
    },
  );

  test('no answer: timeout, the late answer is ignored and the next call leaves', async () => {
    const brief = await startHarness({ callTimeoutMs: 2_000 });
    const { socket, received } = await connectRaw(brief);
    const idOf = (index: number): string => JSON.parse(received[index] ?? '[]')[1];
    brief.gateway.dispatch([row(setProfile(1, 16)), row(setProfile(1, 10))]);
    expect((await brief.until('command.answered')).outcome).toEqual({ status: 'timeout' });
    await waitFor(() => received.length === 2, 'the second call');
    socket.send(`[3,"${idOf(0)}",{"status":"Accepted"}]`);
    socket.send(`[3,"${idOf(1)}",{"status":"Rejected"}]`);
    await brief.until('command.answered', 2);
    const outcomesOf = brief.eventsOf('command.answered').map(({ outcome }) => outcome);
    expect(outcomesOf).toEqual([{ status: 'timeout' }, { status: 'rejected', detail: 'Rejected' }]);
    expect(idOf(0)).not.toBe(idOf(1));
    expect(brief.gateway.stats().counters['lateAnswers']).toBe(1);
    expect(brief.gateway.stats().roundTripMs).toHaveLength(1);
    socket.terminate();
    await brief.close();
  });

  test('the connection ends: in flight closed, waiting not-sent, before the disconnection', async () => {
    const { socket, received } = await raw();
    harness.gateway.dispatch([row(setProfile(1, 16)), row(setProfile(2, 16))]);
    await waitFor(() => received.length > 0, 'the call');
    socket.terminate();
    await harness.until('station.disconnected');
    expect(outcomes()).toEqual([
      { status: 'closed' },
      { status: 'not-sent', detail: expect.stringContaining('connection ended') },
    ]);
    expect(harness.events.at(-1)?.type).toBe('station.disconnected');
  });

  test('a newer connection: what was in flight on the old one is closed', async () => {
    const { received } = await raw();
    harness.gateway.dispatch([row(setProfile(1, 16))]);
    await waitFor(() => received.length > 0, 'the call');
    const second = await raw();
    expect((await harness.until('command.answered')).outcome).toEqual({ status: 'closed' });
    harness.gateway.dispatch([row(setProfile(1, 10))]);
    await waitFor(() => second.received.length > 0, 'the call on the new socket');
    second.socket.terminate();
  });

  test('one call in flight, cuts first, and what a cut overtakes for its EVSE is fenced', async () => {
    const { socket, received, call } = await raw();
    const normal = [1, 2, 3].map((seq) => row(setProfile(1, seq), { seq: 100 + seq }));
    const other = row(setProfile(2, 9), { seq: 104 });
    const read = row({ kind: 'read-variables' }, { seq: 105 });
    const cut = row(setProfile(1, 0), { seq: 106, priority: 'cut' });
    harness.gateway.dispatch([...normal, other, read, cut]);
    const written: string[] = [];
    for (let index = 0; index < 4; index += 1) {
      await waitFor(() => received.length > index, `call ${index}`);
      await sleep(10);
      expect(received).toHaveLength(index + 1);
      const frame = JSON.parse(received[index] ?? '') as [number, string, string, unknown];
      written.push(`${frame[2]} ${JSON.stringify(frame[3])}`);
      const answer = frame[2] === 'GetConfiguration' ? {} : { status: 'Accepted' };
      socket.send(JSON.stringify([3, call(index)[1], answer]));
    }
    await harness.until('command.answered', 6);
    expect(written.map((text) => /^\w+|"connectorId":\d|"limit":\d+/g[Symbol.match](text))).toEqual(
      [
        ['SetChargingProfile', '"connectorId":1', '"limit":1'],
        ['SetChargingProfile', '"connectorId":1', '"limit":0'],
        ['SetChargingProfile', '"connectorId":2', '"limit":9'],
        ['GetConfiguration'],
      ],
    );
    const fenced = harness
      .eventsOf('command.answered')
      .filter(({ outcome }) => outcome.status === 'not-sent')
      .map(({ seq }) => seq);
    expect(fenced).toEqual([102, 103]);
    expect(seqs().toSorted((a, b) => a - b)).toEqual([101, 102, 103, 104, 105, 106]);
    socket.terminate();
  });

  test('a lower order than the highest written is fenced, also on the next connection', async () => {
    const first = await raw();
    harness.gateway.dispatch([row(setProfile(1, 16), { seq: 900 })]);
    await waitFor(() => first.received.length > 0, 'the call');
    const second = await raw();
    harness.gateway.dispatch([
      row(setProfile(1, 32), { seq: 899 }),
      row({ kind: 'clear-charging-profile', profileId: 1 }, { seq: 898 }),
    ]);
    await harness.until('command.answered', 3);
    expect(outcomes().slice(1)).toMatchObject([{ status: 'not-sent' }, { status: 'not-sent' }]);
    expect(second.received).toEqual([]);
    second.socket.terminate();
  });

  test('an old epoch of the site is fenced at every station of it', async () => {
    const { socket, received } = await raw();
    const newer = row(setProfile(1, 16), { stationId: 'CP2' as never, epoch: 2, seq: 1 });
    harness.gateway.dispatch([newer, row({ kind: 'read-variables' }, { epoch: 1, seq: 5_000 })]);
    await harness.until('command.answered', 2);
    expect(outcomes()[1]).toEqual({
      status: 'not-sent',
      detail: 'fenced: the site has a newer epoch',
    });
    expect(received).toEqual([]);
    socket.terminate();
  });

  test('a row dispatched twice is written once and answered once', async () => {
    const { socket, received, call } = await raw();
    const command = row(setProfile(1, 16));
    harness.gateway.dispatch([command, command]);
    await waitFor(() => received.length > 0, 'the call');
    socket.send(`[3,"${call(0)[1]}",{"status":"Accepted"}]`);
    await harness.until('command.answered');
    harness.gateway.dispatch([command]);
    await sleep(30);
    expect(outcomes()).toEqual([{ status: 'accepted' }]);
    expect(received).toHaveLength(1);
    socket.terminate();
  });

  test('an expired row is not written', async () => {
    const { socket, received } = await raw();
    harness.gateway.dispatch([row(setProfile(1, 16), { expiresAtMs: NOW_MS - 1 })]);
    expect((await harness.until('command.answered')).outcome).toEqual({
      status: 'not-sent',
      detail: 'expired',
    });
    expect(received).toEqual([]);
    socket.terminate();
  });

  test('a clear of everything is never written', async () => {
    const { socket, received } = await raw();
    harness.gateway.dispatch([row({ kind: 'clear-charging-profile' })]);
    expect((await harness.until('command.answered')).outcome.status).toBe('not-sent');
    expect(received).toEqual([]);
    socket.terminate();
  });

  test('more rows than a station may have waiting end not-sent, normal ones first', async () => {
    const small = await startHarness({ waitingCommandsMax: 2 });
    const { socket } = await connectRaw(small);
    const rows = [1, 2, 3, 4].map((seq) => row({ kind: 'read-variables' }, { seq }));
    small.gateway.dispatch([...rows, row(setProfile(1, 0), { seq: 5, priority: 'cut' })]);
    await small.until('command.answered', 2);
    expect(small.eventsOf('command.answered').map(({ seq }) => seq)).toEqual([4, 3]);
    socket.terminate();
    await small.close();
  });

  test('answers wait for the inbox', async () => {
    const { socket, received, call } = await raw();
    harness.memory.isDown = true;
    harness.gateway.dispatch([row(setProfile(1, 16))]);
    await waitFor(() => received.length > 0, 'the call');
    socket.send(`[3,"${call(0)[1]}",{"status":"Accepted"}]`);
    await sleep(60);
    expect(outcomes()).toEqual([]);
    harness.memory.isDown = false;
    await harness.until('command.answered');
    expect(outcomes()).toEqual([{ status: 'accepted' }]);
    socket.terminate();
  });

  test('a stop finishes the call in flight and writes no other', async () => {
    const { socket, received, call } = await raw();
    harness.gateway.dispatch([row(setProfile(1, 16)), row(setProfile(2, 16))]);
    await waitFor(() => received.length > 0, 'the call');
    const stopped = harness.close();
    socket.send(`[3,"${call(0)[1]}",{"status":"Accepted"}]`);
    await stopped;
    expect(outcomes()).toEqual([
      { status: 'not-sent', detail: 'gateway stops' },
      { status: 'accepted' },
    ]);
    expect(received).toHaveLength(1);
  });

  test('both sides may call at once', async () => {
    const { socket, received } = await raw();
    harness.gateway.dispatch([row(setProfile(1, 16))]);
    await waitFor(() => received.length > 0, 'the call');
    socket.send('[2,"h","Heartbeat",{}]');
    await waitFor(() => received.length > 1, 'the heartbeat answer');
    expect(JSON.parse(received[1] ?? '')[1]).toBe('h');
    socket.terminate();
  });
});
