/** What an operator's command does to what the engine believes (SAFETY R0, R2, R3, R10). */
import { describe, expect, test } from 'vitest';
import { FLIGHT_MAX_SEC, worstCaseAt } from '../../ledger/index.js';
import { evseId } from '../../solver/index.js';
import { initialState } from '../../src/control/initial-state.js';
import { judge } from '../../src/control/operator-command.js';
import type { SiteEvent } from '../../src/control/state.js';
import { callEffect } from '../../src/ocpp/call-effects.js';
import { answer, feed, openScript, type Script, wait } from './ideal-station.js';
import { smallSite, START_MS } from './small-site.js';
import { type Voice, voiceOf } from './station-events.js';

const S1 = evseId('S1:1');
const SETTLED_MS = 60_000;
const VENDOR_KEY = ['ChangeConfiguration', { key: 'VendorLimit', value: '32' }] as const;

function open(options: Parameters<typeof smallSite>[0] = {}): { script: Script; s1: Voice } {
  const script = openScript(initialState(smallSite(options), 1, START_MS), START_MS);
  const s1 = voiceOf('S1', script);
  feed(script, s1.connected(), s1.booted());
  wait(script, SETTLED_MS);
  return { script, s1 };
}

const worstA = (script: Script): number | undefined => {
  const ledger = script.state.evses.get(S1)?.ledger;
  return ledger && worstCaseAt(ledger, script.nowMs, script.state.site.settings);
};

let asked = 0;
function ask({ id }: Voice, action: string, payload: object): SiteEvent {
  asked += 1;
  const command = { kind: 'call', action, payload } as const;
  const commandId = `c${asked}`;
  return { type: 'operator.command', stationId: id, command, commandId, actor: 'ada' };
}

const verdict = ({ state, nowMs }: Script, { id }: Voice, action: string, payload: object) =>
  judge(state, { stationId: id, command: { kind: 'call', action, payload } }, nowMs);

describe('a command that disturbs a station', () => {
  test('R0 R2 counts the hardware maximum from its row on, and credit returns when read back', () => {
    const { script, s1 } = open();
    expect(worstA(script)).toBe(0);
    script.reply = () => 'silent';
    feed(script, ask(s1, ...VENDOR_KEY));
    expect(worstA(script)).toBe(32);
    const { sent } = script;
    const own = sent.findIndex((it) => it.purpose === 'operator');
    expect(sent.slice(own + 1).map((it) => it.purpose)).toEqual(['read-variables']);
  });

  test('R0 gives credit again once the fallback was read back behind it', () => {
    const { script, s1 } = open();
    feed(script, ask(s1, ...VENDOR_KEY));
    wait(script, SETTLED_MS);
    expect(script.state.stations.get(s1.id)?.stage).toBe('ready');
    expect(worstA(script)).toBe(0);
  });

  test.each(['timeout', 'closed'] as const)(
    'R3 that ended %s is not believed to be over before its flight is',
    (status) => {
      const { script, s1 } = open();
      script.reply = ({ purpose }) => (purpose === 'operator' ? { status } : undefined);
      feed(script, ask(s1, ...VENDOR_KEY));
      wait(script, (FLIGHT_MAX_SEC - 1) * 1000);
      expect(script.state.stations.get(s1.id)?.stage).toBe('ready');
      expect(worstA(script)).toBe(32);
      wait(script, SETTLED_MS);
      expect(worstA(script)).toBe(0);
    },
  );

  test('R3 tells F0 anew behind its flight where contact has not come to its end by then', () => {
    const { script, s1 } = open();
    feed(script, s1.started('7'));
    wait(script, SETTLED_MS);
    let isSlow = true;
    script.reply = ({ purpose, command }) => {
      if (purpose === 'operator') return { status: 'timeout' };
      return isSlow && command.kind === 'clear-charging-profile' ? 'silent' : undefined;
    };
    feed(script, ask(s1, ...VENDOR_KEY));
    wait(script, (FLIGHT_MAX_SEC - 1) * 1000);
    expect(script.state.evses.get(S1)?.contact.step).toBe('clear-default');
    isSlow = false;
    const before = script.sent.length;
    wait(script, SETTLED_MS);
    const behind = script.sent.slice(before).filter(({ purpose }) => purpose === 'contact');
    expect(behind[0]?.command).toMatchObject({ profile: { purpose: 'tx-default', evseNumber: 1 } });
    const state = script.state.evses.get(S1);
    expect(state?.contact.step).toBe('done');
    expect(state?.ledger.fallbackIdleA).toBe(0);
  });

  test('R3 hears no answer to a call of contact that left before its flight was over', () => {
    const { script, s1 } = open();
    script.reply = ({ purpose, command }) => {
      if (purpose === 'operator') return { status: 'timeout' };
      return command.kind === 'set-charging-profile' ? 'silent' : undefined;
    };
    feed(script, ask(s1, ...VENDOR_KEY));
    wait(script, (FLIGHT_MAX_SEC - 1) * 1000);
    const early = script.sent.findLast(({ purpose }) => purpose === 'contact');
    if (early === undefined) throw new Error('F0 is told');
    wait(script, 2000);
    feed(script, answer(script, early, { status: 'accepted' }));
    expect(script.state.evses.get(S1)?.contact.step).toBe('fallback');
    const late = script.sent.findLast(({ purpose }) => purpose === 'contact');
    expect(late?.seq).toBeGreaterThan(early.seq);
    expect(late?.command).toEqual(early.command);
    expect(worstA(script)).toBe(32);
  });

  test('R3 that was under way when we died is not believed to be over either', () => {
    const { script, s1 } = open();
    script.reply = ({ purpose }) => (purpose === 'operator' ? 'silent' : undefined);
    feed(script, ask(s1, ...VENDOR_KEY));
    feed(script, { type: 'engine.started', epoch: 2, links: 'closed' });
    expect(script.effects).toContainEqual(
      expect.objectContaining({ type: 'command-lost', outcome: { status: 'closed' } }),
    );
    feed(script, s1.connected(2));
    wait(script, SETTLED_MS);
    expect(worstA(script)).toBe(32);
    wait(script, FLIGHT_MAX_SEC * 1000 + SETTLED_MS);
    expect(worstA(script)).toBe(0);
  });

  test('R0 the end of the connection after a reset is taken for the boot', () => {
    const { script, s1 } = open();
    feed(script, ask(s1, 'Reset', { type: 'Soft' }));
    wait(script, SETTLED_MS);
    expect(worstA(script)).toBe(0);
    feed(script, s1.disconnected());
    expect(worstA(script)).toBe(32);
    feed(script, s1.connected(2), s1.booted());
    wait(script, SETTLED_MS);
    feed(script, s1.disconnected(2));
    expect(worstA(script)).toBe(0);
  });

  test.each([1, 2])(
    'R0 EVSE %d that resets alone is not believed to be over it at once',
    (evseId) => {
      const { script, s1 } = open({ evsesPerStation: 2 });
      feed(script, ask(s1, 'Reset', { type: 'Immediate', evseId }));
      wait(script, (FLIGHT_MAX_SEC - 1) * 1000);
      expect(worstA(script)).toBe(32);
      wait(script, SETTLED_MS);
      expect(worstA(script)).toBe(0);
      feed(script, s1.disconnected());
      expect(worstA(script)).toBe(32);
    },
  );

  test('R0 a setting that asks for a reboot is one that expects it', () => {
    const { script, s1 } = open();
    script.reply = ({ purpose }) =>
      purpose === 'operator'
        ? { status: 'accepted', response: { status: 'RebootRequired' } }
        : undefined;
    feed(script, ask(s1, ...VENDOR_KEY));
    wait(script, SETTLED_MS);
    feed(script, s1.disconnected());
    expect(worstA(script)).toBe(32);
  });

  test('R0 counts the hardware maximum when other profiles come into force, until read back', () => {
    const { script, s1 } = open();
    script.reply = () => 'silent';
    feed(script, s1.unsettled());
    expect(worstA(script)).toBe(32);
    const again = open();
    feed(again.script, again.s1.unsettled());
    wait(again.script, SETTLED_MS);
    expect(worstA(again.script)).toBe(0);
  });

  test('R0 the end of the connection of a station that installs firmware is taken for a boot', () => {
    const { script, s1 } = open();
    feed(script, s1.rebooting());
    expect(worstA(script)).toBe(0);
    feed(script, s1.disconnected());
    expect(worstA(script)).toBe(32);
  });

  test('shows the circuit as not guaranteed where the worst case does not fit, as at a boot', () => {
    const { script, s1 } = open({ limitA: 20 });
    script.reply = () => 'silent';
    feed(script, ask(s1, ...VENDOR_KEY));
    expect(script.state.control.notGuaranteed).toMatchObject([
      { circuitId: 'grid', cause: 'fallback-not-read-back' },
    ]);
  });
});

describe('the verdict', () => {
  test.each([
    ['SetChargingProfile', {}],
    ['ClearChargingProfile', {}],
    ['UpdateDynamicSchedule', {}],
    ['UsePriorityCharging', {}],
    ['AFRRSignal', {}],
    ['SetDERControl', {}],
    ['RemoteStartTransaction', { idTag: 'a', chargingProfile: {} }],
    ['RequestStartTransaction', { chargingProfile: {} }],
  ])('R10 %s is refused: the engine owns the profiles', (action, payload) => {
    const { script, s1 } = open();
    expect(verdict(script, s1, action, payload).status).toBe('refused');
    feed(script, ask(s1, action, payload));
    expect(script.sent.some((it) => it.purpose === 'operator')).toBe(false);
    expect(script.effects.at(-1)).toMatchObject({
      type: 'command-withheld',
      outcome: { status: 'not-sent', cause: 'refused' },
    });
  });

  test('says offline for a station without a link, and leaves what is believed of it alone', () => {
    const { script, s1 } = open();
    feed(script, s1.disconnected());
    expect(verdict(script, s1, 'Reset', {}).status).toBe('offline');
    feed(script, ask(s1, 'Reset', {}));
    expect(worstA(script)).toBe(0);
  });

  test('names what a disturbance costs', () => {
    const { script, s1 } = open();
    expect(verdict(script, s1, 'Reset', {})).toMatchObject({
      status: 'allowed',
      consequence: expect.stringContaining('hardware maximum'),
    });
    expect(verdict(script, s1, 'ClearCache', {})).toEqual({ status: 'allowed' });
  });

  test('refuses to reset an EVSE some day, when nobody would hear of it', () => {
    const { script, s1 } = open();
    const reset = { type: 'OnIdle', evseId: 1 };
    expect(verdict(script, s1, 'Reset', reset).status).toBe('allowed');
    feed(script, s1.started('7'));
    wait(script, 1000);
    expect(verdict(script, s1, 'Reset', reset)).toMatchObject({
      status: 'refused',
      detail: expect.stringContaining('S1:1'),
    });
    expect(verdict(script, s1, 'Reset', { type: 'Immediate', evseId: 1 }).status).toBe('allowed');
    expect(verdict(script, s1, 'Reset', { type: 'OnIdle' }).status).toBe('allowed');
  });

  test('refuses to disturb a station with a vehicle where no cut could make room', () => {
    const options = { stations: 2, limitA: 63, untested: ['S2'] };
    const { script, s1 } = open({ ...options, limitA: 40 });
    expect(verdict(script, s1, 'Reset', {}).status).toBe('allowed');
    feed(script, s1.started('7'));
    wait(script, 1000);
    const refused = verdict(script, s1, 'Reset', {});
    expect(refused).toMatchObject({ status: 'refused', detail: expect.stringContaining('grid') });
    const roomy = open({ ...options, limitA: 64 });
    feed(roomy.script, roomy.s1.started('7'));
    wait(roomy.script, 1000);
    expect(verdict(roomy.script, roomy.s1, 'Reset', {}).status).toBe('allowed');
  });
});

describe('what a request does', () => {
  const effect = (action: string, payload: object = {}) =>
    callEffect({ kind: 'call', action, payload }).kind;

  test.each([
    ['ChangeConfiguration', { key: 'HeartbeatInterval', value: '60' }, 'none'],
    ['ChangeConfiguration', { key: 'MeterValueSampleInterval', value: '60' }, 'disturbs'],
    ['ChangeConfiguration', { key: 'ConnectorPhaseRotation', value: '1.RST' }, 'disturbs'],
    ['ChangeConfiguration', { key: 'ChargeProfileMaxStackLevel', value: '1' }, 'disturbs'],
    ['ChangeConfiguration', {}, 'disturbs'],
    ['SetVariables', { setVariableData: [{ component: { name: 'AuthCtrlr' } }] }, 'none'],
    ['SetVariables', { setVariableData: [{ component: { name: 'ClockCtrlr' } }] }, 'disturbs'],
    ['SetVariables', { setVariableData: 'x' }, 'disturbs'],
    [
      'SetVariables',
      {
        setVariableData: [
          { component: { name: 'AuthCtrlr' }, variable: { name: 'Enabled' } },
          {
            component: { name: 'OCPPCommCtrlr' },
            variable: { name: 'NetworkConfigurationPriority' },
          },
        ],
      },
      'reboots',
    ],
    ['SetVariables', { setVariableData: [{ component: { name: 'AuthCtrlr ' } }] }, 'disturbs'],
    ['ClearDERControl', {}, 'disturbs'],
    ['InstallCertificate', {}, 'none'],
    ['UnpublishFirmware', {}, 'none'],
    ['SetDefaultTariff', {}, 'none'],
    ['ChangeAvailability', {}, 'none'],
    ['DataTransfer', { vendorId: 'x' }, 'disturbs'],
    ['TriggerMessage', { requestedMessage: 'Heartbeat' }, 'none'],
    ['TriggerMessage', { requestedMessage: 'CustomTrigger' }, 'disturbs'],
    ['UpdateFirmware', {}, 'reboots'],
    ['SetNetworkProfile', {}, 'reboots'],
    ['SomethingNew', {}, 'disturbs'],
    ['RemoteStartTransaction', { idTag: 'a' }, 'none'],
  ])('%s %j: %s', (action, payload, kind) => {
    expect(effect(action, payload)).toBe(kind);
  });
});
