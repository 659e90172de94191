/** What is kept of the messages that people want to see: kind, severity, one sentence. */
import { describe, expect, test } from 'vitest';
import { stationId } from '../../solver/index.js';
import type { Handled, HandlerContext } from '../../src/ocpp/handler.js';
import { maskSecrets } from '../../src/ocpp/mask-secrets.js';
import type { OcppVersion, StationRecord } from '../../src/ocpp/messages.js';
import { routes16 } from '../../src/ocpp/v16/routes.js';
import { routes201 } from '../../src/ocpp/v201/routes.js';
import { routes21 } from '../../src/ocpp/v21/routes.js';

const NOW_MS = Date.parse('2026-03-01T12:00:00Z');
const NOW = '2026-03-01T12:00:00Z';
const EARLIER = '2026-03-01T11:00:00Z';
const ROUTES = { 'ocpp1.6': routes16, 'ocpp2.0.1': routes201, 'ocpp2.1': routes21 } as const;

function contextOf(version: OcppVersion): HandlerContext {
  return {
    stationId: stationId('CP1'),
    version,
    evseNumbers: [1, 2],
    receivedAtMs: NOW_MS,
    heartbeatIntervalSec: 300,
    offlineAfterMs: 300_000,
    connectorStatus: new Map(),
    authorize: async () => ({ status: 'Accepted' }),
    keepVariables: async () => undefined,
    requestCertificate: async () => undefined,
    transactionIdOf: async () => 1,
    findTransactionEvse: async () => undefined,
  };
}

async function handle(version: OcppVersion, action: string, payload: object): Promise<Handled> {
  const route = ROUTES[version].get(action);
  if (route === undefined) throw new Error(`${action} has no route in ${version}`);
  return route.handle(payload, contextOf(version));
}

type Row = [OcppVersion, string, object, StationRecord['kind'], StationRecord['severity'], string];

const at = { timestamp: NOW };
const fromReport = { seqNo: 0, generatedAt: NOW, requestId: 4 };
const ROWS: readonly Row[] = [
  [
    'ocpp1.6',
    'DiagnosticsStatusNotification',
    { status: 'UploadFailed' },
    'log-status',
    'error',
    'Log upload failed',
  ],
  [
    'ocpp1.6',
    'LogStatusNotification',
    { status: 'Uploaded', requestId: 3 },
    'log-status',
    'info',
    'Log was uploaded',
  ],
  [
    'ocpp2.1',
    'LogStatusNotification',
    { status: 'PermissionDenied', statusInfo: { reasonCode: 'Auth', additionalInfo: 'sftp' } },
    'log-status',
    'error',
    'Log upload failed: permission denied by the target: Auth (sftp)',
  ],
  [
    'ocpp1.6',
    'FirmwareStatusNotification',
    { status: 'Installed' },
    'firmware-status',
    'info',
    'Firmware was installed',
  ],
  [
    'ocpp1.6',
    'SignedFirmwareStatusNotification',
    { status: 'InvalidSignature' },
    'firmware-status',
    'error',
    'Signature of the firmware is not valid',
  ],
  [
    'ocpp2.0.1',
    'FirmwareStatusNotification',
    { status: 'DownloadFailed' },
    'firmware-status',
    'error',
    'Firmware download failed',
  ],
  [
    'ocpp2.0.1',
    'PublishFirmwareStatusNotification',
    { status: 'Published', location: ['ftp://a'] },
    'firmware-status',
    'info',
    'Publishing firmware: Published at ftp://a',
  ],
  [
    'ocpp1.6',
    'SecurityEventNotification',
    { type: 'TamperDetectionActivated', ...at },
    'security-event',
    'error',
    'Security event TamperDetectionActivated',
  ],
  [
    'ocpp2.0.1',
    'SecurityEventNotification',
    { type: 'FirmwareUpdated', techInfo: '1.2', ...at },
    'security-event',
    'warning',
    'Security event FirmwareUpdated (1.2)',
  ],
  [
    'ocpp2.1',
    'SecurityEventNotification',
    { type: 'InvalidMessages', ...at },
    'security-event',
    'info',
    'Security event InvalidMessages',
  ],
  [
    'ocpp2.1',
    'SecurityEventNotification',
    { type: 'constructor', ...at },
    'security-event',
    'info',
    'Security event constructor',
  ],
  [
    'ocpp1.6',
    'DataTransfer',
    { vendorId: 'Acme', messageId: 'Ping' },
    'data-transfer',
    'info',
    'Vendor message Ping of Acme',
  ],
  [
    'ocpp2.0.1',
    'NotifyMonitoringReport',
    { ...fromReport, tbc: true, monitor: [{ variableMonitoring: [{}, {}] }] },
    'monitoring-report',
    'info',
    'Monitoring report, part 0: 2 monitors, more to come',
  ],
  [
    'ocpp2.0.1',
    'NotifyEVChargingNeeds',
    {
      evseId: 2,
      chargingNeeds: {
        requestedEnergyTransfer: 'AC_three_phase',
        departureTime: NOW,
        acChargingParameters: { energyAmount: 12_500, evMaxCurrent: 32 },
      },
    },
    'ev-charging-needs',
    'info',
    `EVSE 2: vehicle asks for 12.5 kWh, at most 32 A, AC_three_phase, until ${NOW}`,
  ],
  [
    'ocpp2.1',
    'NotifyEVChargingNeeds',
    { evseId: 1, chargingNeeds: { requestedEnergyTransfer: 'WPT' } },
    'ev-charging-needs',
    'info',
    'EVSE 1: vehicle asks for energy, WPT',
  ],
  [
    'ocpp2.0.1',
    'NotifyEVChargingSchedule',
    { evseId: 1, timeBase: NOW, chargingSchedule: { chargingSchedulePeriod: [{}] } },
    'ev-charging-schedule',
    'info',
    'EVSE 1: vehicle announces a schedule of 1 period',
  ],
  [
    'ocpp2.0.1',
    'NotifyChargingLimit',
    { chargingLimit: { chargingLimitSource: 'SO', isGridCritical: true } },
    'charging-limit',
    'warning',
    'SO limits the whole station, critical for the grid',
  ],
  [
    'ocpp2.0.1',
    'ClearedChargingLimit',
    { chargingLimitSource: 'EMS', evseId: 2 },
    'charging-limit-cleared',
    'info',
    'EMS no longer limits EVSE 2',
  ],
  [
    'ocpp2.0.1',
    'ReportChargingProfiles',
    { requestId: 4, evseId: 1, chargingLimitSource: 'CSO', chargingProfile: [{}] },
    'charging-profiles',
    'info',
    'EVSE 1: 1 charging profile of CSO',
  ],
  [
    'ocpp2.0.1',
    'ReservationStatusUpdate',
    { reservationId: 9, reservationUpdateStatus: 'Expired' },
    'reservation-status',
    'info',
    'Reservation 9 has expired',
  ],
  [
    'ocpp2.0.1',
    'NotifyCustomerInformation',
    { ...fromReport, data: 'x' },
    'customer-information',
    'info',
    'Customer information, part 0',
  ],
  [
    'ocpp2.0.1',
    'NotifyDisplayMessages',
    { requestId: 4, messageInfo: [{}, {}] },
    'display-messages',
    'info',
    'Display shows 2 messages',
  ],
  [
    'ocpp2.0.1',
    'Get15118EVCertificate',
    { action: 'Install', iso15118SchemaVersion: 'v', exiRequest: 'long' },
    'certificate-request',
    'warning',
    'Vehicle asks for a contract certificate (Install): no contract certificate provider is configured',
  ],
  [
    'ocpp2.0.1',
    'GetCertificateStatus',
    { ocspRequestData: { serialNumber: '4f', responderURL: 'http://o' } },
    'certificate-request',
    'warning',
    'Station asks for the status of certificate 4f: no OCSP provider is configured',
  ],
  [
    'ocpp2.1',
    'NotifyDERAlarm',
    { controlType: 'VoltVar', gridEventFault: 'OverVoltage', ...at },
    'der',
    'warning',
    'Grid support VoltVar: alarm (OverVoltage)',
  ],
  [
    'ocpp2.1',
    'NotifyDERAlarm',
    { controlType: 'VoltVar', alarmEnded: true, ...at },
    'der',
    'info',
    'Grid support VoltVar: alarm ended',
  ],
  [
    'ocpp2.1',
    'NotifyDERStartStop',
    { controlId: 'a', started: true, supersededIds: ['b'], ...at },
    'der',
    'info',
    'Grid support setting a started in place of b',
  ],
  [
    'ocpp2.1',
    'ReportDERControl',
    { requestId: 4, curve: [{}], gradient: [{}] },
    'der',
    'info',
    'Grid support: 2 settings',
  ],
  [
    'ocpp2.1',
    'NotifyPriorityCharging',
    { transactionId: 'T', activated: true },
    'priority-charging',
    'warning',
    'Priority charging of T was started',
  ],
  [
    'ocpp2.1',
    'NotifySettlement',
    {
      pspRef: 'p',
      status: 'Failed',
      statusInfo: 'no link',
      settlementAmount: 12.5,
      settlementTime: NOW,
    },
    'settlement',
    'error',
    'Payment: Failed, 12.5 (no link)',
  ],
  [
    'ocpp2.1',
    'BatterySwap',
    {
      requestId: 4,
      eventType: 'BatteryIn',
      batteryData: [{}],
      idToken: { idToken: 'TAG', type: 'Central' },
    },
    'other',
    'info',
    'Battery swap: 1 battery put in',
  ],
  [
    'ocpp2.1',
    'PullDynamicScheduleUpdate',
    { chargingProfileId: 8 },
    'charging-profiles',
    'warning',
    'Station pulls dynamic profile 8, which is not ours',
  ],
  [
    'ocpp2.1',
    'OpenPeriodicEventStream',
    { constantStreamData: { id: 1, variableMonitoringId: 2, params: {} } },
    'other',
    'info',
    'Event stream 1 was opened for monitor 2',
  ],
  ['ocpp2.1', 'ClosePeriodicEventStream', { id: 1 }, 'other', 'info', 'Event stream 1 was closed'],
];

test.each(ROWS)('%s %s %j is kept', async (version, action, payload, kind, severity, summary) => {
  const { records, events } = await handle(version, action, payload);
  expect(records).toHaveLength(1);
  expect(records?.[0]).toMatchObject({ stationId: 'CP1', kind, severity, summary, atMs: NOW_MS });
  expect(JSON.stringify(records)).not.toContain('TAG');
  expect(events.map(({ type }) => type)).toEqual(EVENTS[action] ?? []);
});

const EVENTS: Readonly<Record<string, readonly string[]>> = {
  NotifyPriorityCharging: ['station.unsettled'],
  ReportChargingProfiles: ['profiles.reported'],
  ClearedChargingLimit: ['limit.cleared'],
  NotifyEVChargingNeeds: ['needs.notified'],
};

test.each([
  [{ acChargingParameters: { energyAmount: 12_500, evMaxCurrent: 32 } }, 12_500],
  [{ dcChargingParameters: { energyAmount: 30_000, evMaxCurrent: 400 } }, 30_000],
  [
    { dcChargingParameters: { evMaxCurrent: 1, evEnergyCapacity: 80_000, stateOfCharge: 25 } },
    60_000,
  ],
  [{ v2xChargingParameters: { evTargetEnergyRequest: 9000 } }, 9000],
  [{ acChargingParameters: { energyAmount: -1, evMaxCurrent: 32 } }, undefined],
  [{ acChargingParameters: { energyAmount: 1e9, evMaxCurrent: 32 } }, undefined],
  [{}, undefined],
])('the needs of a vehicle are told in Wh: %j', async (parameters, energyWh) => {
  const { events } = await handle('ocpp2.0.1', 'NotifyEVChargingNeeds', {
    evseId: 2,
    chargingNeeds: { requestedEnergyTransfer: 'DC', departureTime: NOW, ...parameters },
  });
  expect(events).toEqual([
    {
      type: 'needs.notified',
      stationId: 'CP1',
      receivedAtMs: NOW_MS,
      evseNumber: 2,
      departureAtMs: NOW_MS,
      ...(energyWh === undefined ? {} : { energyWh }),
    },
  ]);
});

test.each([
  ['a schedule from a time on, with an end', { startSchedule: EARLIER, duration: 7200 }, 16, 7200],
  ['a schedule from now on, without an end', {}, 16, undefined],
  ['watts per phase (2.1)', { chargingRateUnit: 'W' }, 33, undefined],
])('a limit that others set is told with its steps: %s', async (_, fields, limit, endSec) => {
  const isSum = 'chargingRateUnit' in fields;
  const { events } = await handle('ocpp2.1', 'NotifyChargingLimit', {
    evseId: 1,
    chargingLimit: { chargingLimitSource: 'EMS' },
    chargingSchedule: [
      {
        id: 1,
        chargingRateUnit: 'A',
        chargingSchedulePeriod: [
          { startPeriod: 0, limit: 16, ...(isSum ? { limit_L2: 10, limit_L3: 7 } : {}) },
          { startPeriod: 600, limit: 0 },
        ],
        ...fields,
      },
    ],
  });
  const fromMs = 'startSchedule' in fields ? NOW_MS - 3_600_000 : NOW_MS;
  const unit = isSum ? 'W' : 'A';
  const end = endSec === undefined ? [] : [{ fromMs: fromMs + endSec * 1000, unit }];
  expect(events).toEqual([
    {
      type: 'limit.notified',
      stationId: 'CP1',
      receivedAtMs: NOW_MS,
      source: 'EMS',
      evseNumber: 1,
      steps: [{ fromMs, unit, limit }, { fromMs: fromMs + 600_000, unit, limit: 0 }, ...end],
    },
  ]);
});

test('a limit that others set beyond all time is none', async () => {
  const { events } = await handle('ocpp2.1', 'NotifyChargingLimit', {
    chargingLimit: { chargingLimitSource: 'EMS' },
    chargingSchedule: [
      {
        id: 1,
        duration: 1e300,
        chargingRateUnit: 'A',
        chargingSchedulePeriod: [
          { startPeriod: 0, limit: 16 },
          { startPeriod: 1e290, limit: 6 },
          { startPeriod: -1e308, limit: 6 },
        ],
      },
    ],
  });
  const steps = [{ fromMs: NOW_MS, unit: 'A', limit: 16 }];
  expect(events).toMatchObject([{ type: 'limit.notified', evseNumber: 0, steps }]);
  expect(JSON.stringify(events)).not.toContain('null');
});

test('K12.FR.04 a limit of the CSO is ours: it bounds nothing that we set', async () => {
  const chargingSchedulePeriod = [{ startPeriod: 0, limit: 6 }];
  const { events } = await handle('ocpp2.0.1', 'NotifyChargingLimit', {
    chargingLimit: { chargingLimitSource: 'CSO' },
    chargingSchedule: [{ id: 1, chargingRateUnit: 'A', chargingSchedulePeriod }],
  });
  expect(events).toEqual([]);
});

test('a limit that others set without saying how much is kept for people alone', async () => {
  const chargingLimit = { chargingLimitSource: 'SO' };
  const schedules = [undefined, [{ id: 1, chargingSchedulePeriod: [{ startPeriod: 0 }] }]];
  for (const chargingSchedule of schedules) {
    const payload = { chargingLimit, ...(chargingSchedule && { chargingSchedule }) };
    const { events } = await handle('ocpp2.0.1', 'NotifyChargingLimit', payload);
    expect(events).toEqual([]);
  }
});

test('a report of profiles says whose each may be, and whether more will come', async () => {
  const charging = (id: number, purpose: string) => ({
    id,
    stackLevel: 0,
    chargingProfilePurpose: purpose,
    chargingProfileKind: 'Relative',
    chargingSchedule: [
      { id: 1, chargingRateUnit: 'A', chargingSchedulePeriod: [{ startPeriod: 0, limit: 6 }] },
    ],
  });
  const { events } = await handle('ocpp2.1', 'ReportChargingProfiles', {
    requestId: 4,
    evseId: 1,
    chargingLimitSource: 'CSO',
    tbc: true,
    chargingProfile: [charging(2001, 'TxProfile'), charging(9, 'PriorityCharging'), { id: 5 }],
  });
  expect(events).toEqual([
    {
      type: 'profiles.reported',
      stationId: 'CP1',
      receivedAtMs: NOW_MS,
      requestId: 4,
      profiles: [
        { id: 2001, evseNumber: 1, purpose: 'tx' },
        { id: 9, evseNumber: 1, purpose: 'priority-charging' },
        { id: 5, evseNumber: 1 },
      ],
      isLast: false,
    },
  ]);
});

test.each([
  [true, ['station.unsettled']],
  [false, []],
])(
  '2.1: a limit of others that is local generation (%s) recounts what we allow',
  async (is, types) => {
    const chargingLimit = { chargingLimitSource: 'EMS', isLocalGeneration: is };
    const { events } = await handle('ocpp2.1', 'NotifyChargingLimit', { chargingLimit });
    expect(events.map(({ type }) => type)).toEqual(types);
  },
);

test.each(['Installing', 'InstallRebooting'])(
  'firmware: %s says that a boot follows',
  async (status) => {
    const payload = { status, requestId: 1 };
    const { events } = await handle('ocpp2.0.1', 'FirmwareStatusNotification', payload);
    expect(events.map(({ type }) => type)).toEqual(['station.rebooting']);
  },
);

test.each<[object, StationRecord['severity'], string]>([
  [{ trigger: 'Alerting' }, 'warning', 'Cabinet.Temperature is 81 (E7 hot)'],
  [{ trigger: 'Periodic' }, 'info', 'Cabinet.Temperature is 81 (E7 hot)'],
  [{ trigger: 'Alerting', cleared: true }, 'info', 'Cabinet.Temperature back to 81 (E7 hot)'],
  [{ trigger: 'Delta', severity: 4 }, 'error', 'Cabinet.Temperature is 81 (E7 hot)'],
  [{ trigger: 'Delta', severity: 6 }, 'warning', 'Cabinet.Temperature is 81 (E7 hot)'],
  [{ trigger: 'Alerting', severity: 8 }, 'info', 'Cabinet.Temperature is 81 (E7 hot)'],
])('an event of %j is %s', async (more, severity, summary) => {
  const event = {
    eventId: 1,
    timestamp: EARLIER,
    actualValue: '81',
    techCode: 'E7',
    techInfo: 'hot',
    component: { name: 'Cabinet', evse: { id: 2 } },
    variable: { name: 'Temperature' },
    ...more,
  };
  const { records } = await handle('ocpp2.0.1', 'NotifyEvent', { eventData: [event, event] });
  expect(records).toHaveLength(2);
  expect(records?.[0]).toMatchObject({
    kind: 'monitor-event',
    severity,
    summary,
    evseNumber: 2,
    atMs: Date.parse(EARLIER),
  });
});

describe('answers that say what cannot be done', () => {
  test.each<[OcppVersion, string, object, object]>([
    ['ocpp1.6', 'DataTransfer', { vendorId: 'A' }, { status: 'UnknownVendorId' }],
    [
      'ocpp2.0.1',
      'NotifyEVChargingNeeds',
      { evseId: 3, chargingNeeds: {} },
      { status: 'Rejected' },
    ],
    [
      'ocpp2.1',
      'NotifyEVChargingNeeds',
      { evseId: 3, chargingNeeds: {} },
      { status: 'NoChargingProfile' },
    ],
    ['ocpp2.1', 'NotifyEVChargingNeeds', { evseId: 1, chargingNeeds: {} }, { status: 'Accepted' }],
    ['ocpp2.0.1', 'Get15118EVCertificate', {}, { status: 'Failed', exiResponse: '' }],
    ['ocpp2.0.1', 'GetCertificateStatus', { ocspRequestData: {} }, { status: 'Failed' }],
    [
      'ocpp2.1',
      'VatNumberValidation',
      { vatNumber: 'DE1', evseId: 1 },
      { status: 'Rejected', vatNumber: 'DE1', evseId: 1 },
    ],
    ['ocpp2.1', 'PullDynamicScheduleUpdate', { chargingProfileId: 1 }, { status: 'Rejected' }],
    [
      'ocpp2.1',
      'GetCertificateChainStatus',
      {
        certificateStatusRequests: [{ certificateHashData: { serialNumber: '1' }, source: 'CRL' }],
      },
      {
        certificateStatus: [
          { certificateHashData: { serialNumber: '1' }, source: 'CRL', status: 'Failed' },
        ],
      },
    ],
  ])('%s %s %j', async (version, action, payload, answer) => {
    expect((await handle(version, action, payload)).answer).toMatchObject(answer);
  });
});

test('a summary is one line, however long and odd what the station wrote', async () => {
  const techInfo = `a\u2028b\u0085c\u202ed idTag=4711 ${'x'.repeat(400)}`;
  const { records } = await handle('ocpp1.6', 'SecurityEventNotification', {
    type: 'T',
    techInfo,
    ...at,
  });
  const { summary = '' } = records?.[0] ?? {};
  expect(summary).toMatch(/^Security event T \(a b c d idTag=\*\*\* x+…$/);
  expect(summary).toHaveLength(300);
});

test.each<[string, unknown, unknown]>([
  [
    'tokens',
    { idTag: 'S', idToken: { idToken: 'S', type: 'Central' }, n: 1 },
    { idTag: '***', idToken: { idToken: '***', type: 'Central' }, n: 1 },
  ],
  ['tokens sent as numbers', { idTag: 4711 }, { idTag: '***' }],
  [
    'lists of contract ids',
    { prioritizedEMAIDs: ['S', 'S'] },
    { prioritizedEMAIDs: ['***', '***'] },
  ],
  [
    'keys of 1.6',
    [
      { key: 'AuthorizationKey', value: 'S' },
      { key: 'Other', value: 'v' },
    ],
    [
      { key: 'AuthorizationKey', value: '***' },
      { key: 'Other', value: 'v' },
    ],
  ],
  [
    'variables of 2.x',
    { variable: { name: 'BasicAuthPassword' }, attributeValue: 'S', actualValue: 'S' },
    { variable: { name: 'BasicAuthPassword' }, attributeValue: '***', actualValue: '***' },
  ],
  [
    'attributes of a report',
    { variable: { name: 'BasicAuthPassword' }, variableAttribute: [{ value: 'S' }, {}] },
    { variable: { name: 'BasicAuthPassword' }, variableAttribute: [{ value: '***' }, {}] },
  ],
  ['JSON in a text', { data: '{"idTag":"S","n":[1]}' }, { data: '{"idTag":"***","n":[1]}' }],
  ['JSON that is cut off', { data: '{"idTag":"S","n' }, { data: '{"idTag":"***","n' }],
  ['running text', 'user idToken: S, ok', 'user idToken: ***, ok'],
  ['numbers beyond all numbers', JSON.parse('[1e400,-1e400,1]'), [null, null, 1]],
])('%s are masked', (_what, value, masked) => {
  expect(maskSecrets(value)).toEqual(masked);
});

test('a structure deeper than any message is cut', () => {
  const deep = JSON.parse(`${'['.repeat(9_000)}${']'.repeat(9_000)}`) as unknown;
  expect(JSON.stringify(maskSecrets(deep)).length).toBeLessThan(60);
});
