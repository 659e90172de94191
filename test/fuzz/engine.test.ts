/**
 * Stories of boxes that speak to the letter of the schema and say what no box should: the engine folds
 * all of it, never throws, grants nothing beyond the hardware, and keeps a state that can be stored.
 */
import { expect, test } from 'vitest';
import { worstCaseAt } from '../../ledger/index.js';
import type { PendingCommand } from '../../src/control/state.js';
import { CallError } from '../../src/ocpp/call-error.js';
import type { CommandOutcome } from '../../src/ocpp/messages.js';
import { fromJson, toJson } from '../../src/store/json.js';
import { type Box, boxOf, energyOf, openWorld, type World } from '../quirks/box.js';
import { type Dice, dice } from '../sim/random.js';

const STORIES = 10;
const TURNS = 40;
const SEED = 20_260_301;

const NUMBERS = [
  0,
  1,
  -1,
  6,
  16,
  32,
  0.1,
  230,
  1e4,
  65_535,
  2 ** 31 - 1,
  4_294_967_295,
  -1e6,
  1e12,
  1e300,
  -1e300,
] as const;
const INTEGERS = [0, 1, 2, 3, -1, 7, 9_999, 2 ** 31 - 1, 1 - 2 ** 31] as const;
const TEXTS = ['', 'NaN', 'Infinity', '1e308', '-0', '12,5', '0x10', '१२', ' 7 '] as const;
const OFFSETS_SEC = [0, 1, 60, -60, -7_200, 86_400, -4e7, 3e9, -1.7e9] as const;
const PHASES = [undefined, 'L1', 'L2-N', 'L3', 'N', 'L1-L2', 'X'] as const;
const MEASURANDS = [
  undefined,
  'Energy.Active.Import.Register',
  'Power.Active.Import',
  'Current.Import',
  'Current.Offered',
  'SoC',
  'Voltage',
] as const;
const UNITS = [undefined, 'Wh', 'kWh', 'W', 'kW', 'A', 'mA', 'V', 'Percent', 'Fahrenheit'] as const;
const CONTEXTS = [undefined, 'Transaction.Begin', 'Transaction.End', 'Sample.Periodic'] as const;
const KEYS = [
  'ChargeProfileMaxStackLevel',
  'ChargingScheduleMaxPeriods',
  'ChargingScheduleAllowedChargingRateUnit',
  'MaxChargingProfilesInstalled',
  'SmartChargingCtrlr.RateUnit',
  'SmartChargingCtrlr.ProfileStackLevel',
  'SmartChargingCtrlr.PeriodsPerSchedule',
] as const;

function instant(random: Dice, { script }: World): string {
  const atMs = script.nowMs + random.pick(OFFSETS_SEC) * 1000;
  return new Date(Math.min(Math.max(atMs, 0), 253_402_300_799_999)).toISOString();
}

function meterValue(random: Dice, world: World): object {
  const sampledValue = Array.from({ length: random.int(1, 5) }, () => ({
    value: random.chance(0.3) ? random.pick(TEXTS) : String(random.pick(NUMBERS)),
    measurand: random.pick(MEASURANDS),
    phase: random.pick(PHASES),
    unit: random.pick(UNITS),
    context: random.pick(CONTEXTS),
  }));
  return { timestamp: instant(random, world), sampledValue };
}

type Call = readonly [action: string, payload: object];

function call16(random: Dice, world: World): Call {
  const connectorId = random.pick(INTEGERS);
  const timestamp = instant(random, world);
  const transactionId = random.int(-1, 9);
  switch (random.int(0, 4)) {
    case 0:
      return [
        'StartTransaction',
        {
          connectorId,
          idTag: `T${random.int(0, 3)}`,
          meterStart: random.pick(INTEGERS),
          timestamp,
        },
      ];
    case 1:
      return [
        'StopTransaction',
        {
          transactionId,
          meterStop: random.pick(INTEGERS),
          timestamp,
          transactionData: [meterValue(random, world)],
        },
      ];
    case 2:
      return [
        'MeterValues',
        { connectorId, transactionId, meterValue: [meterValue(random, world)] },
      ];
    case 3:
      return ['BootNotification', { chargePointVendor: '', chargePointModel: 'x' }];
    default: {
      const status = random.pick(['Available', 'Preparing', 'SuspendedEV', 'Finishing', 'Faulted']);
      return ['StatusNotification', { connectorId, status, errorCode: 'NoError', timestamp }];
    }
  }
}

function call2(random: Dice, world: World): Call {
  const evse = { id: Math.max(0, random.pick(INTEGERS)), connectorId: 1 };
  const timestamp = instant(random, world);
  switch (random.int(0, 4)) {
    case 0:
      return [
        'NotifyReport',
        {
          requestId: 1,
          generatedAt: timestamp,
          seqNo: 0,
          reportData: [reported(random)],
        },
      ];
    case 1:
      return [
        'BootNotification',
        { reason: 'Watchdog', chargingStation: { vendorName: '', model: '' } },
      ];
    case 2: {
      const connectorStatus = random.pick(['Available', 'Occupied', 'Faulted']);
      return [
        'StatusNotification',
        { timestamp, connectorStatus, evseId: evse.id, connectorId: 1 },
      ];
    }
    default:
      return [
        'TransactionEvent',
        {
          eventType: random.pick(['Started', 'Updated', 'Updated', 'Ended']),
          timestamp,
          triggerReason: 'MeterValuePeriodic',
          seqNo: random.pick(INTEGERS),
          offline: random.chance(0.2),
          transactionInfo: {
            transactionId: `T${random.int(0, 4)}`,
            chargingState: random.pick(['Charging', 'SuspendedEV', 'EVConnected', 'Idle']),
          },
          ...(random.chance(0.8) ? { evse } : {}),
          meterValue: [meterValue2(random, world)],
        },
      ];
  }
}

function reported(random: Dice): object {
  const [component = '', variable = ''] = random.pick(KEYS).split('.');
  return {
    component: { name: component },
    variable: { name: variable === '' ? component : variable },
    variableAttribute: [{ value: text(random) }],
  };
}

function meterValue2(random: Dice, world: World): object {
  const { timestamp, sampledValue } = meterValue(random, world) as {
    timestamp: string;
    sampledValue: readonly { readonly unit?: string; readonly value: string }[];
  };
  return {
    timestamp,
    sampledValue: sampledValue.map(({ unit, value, ...rest }) => ({
      ...rest,
      value: Number.isFinite(Number(value)) ? Number(value) : 1e300,
      unitOfMeasure: { unit, multiplier: random.pick([0, 3, -3, 300]) },
    })),
  };
}

const text = (random: Dice): string =>
  random.chance(0.5) ? random.pick(TEXTS) : String(random.pick(NUMBERS));

function oddOutcome(random: Dice, { command }: PendingCommand): CommandOutcome | undefined {
  if (random.chance(0.6)) return undefined;
  if (random.chance(0.3)) {
    return random.pick<CommandOutcome>([
      { status: 'timeout' },
      { status: 'closed' },
      { status: 'rejected', detail: 'no' },
      { status: 'error', detail: 'no' },
      { status: 'not-sent', detail: 'no' },
    ]);
  }
  if (command.kind === 'read-variables') {
    const variables = Object.fromEntries(KEYS.map((key) => [key, text(random)]));
    return { status: 'accepted', variables };
  }
  if (command.kind !== 'get-composite-schedule') return { status: 'accepted' };
  const periods = Array.from({ length: random.int(0, 3) }, (_, index) => ({
    startSec: index * random.int(0, 900),
    limit: Math.abs(random.pick(NUMBERS)),
  }));
  const startAtMs = Date.parse('2026-01-05T08:00:00Z') + random.pick(OFFSETS_SEC) * 1000;
  const durationSec = random.pick([0, 600, 86_400, 2 ** 31 - 1]);
  const unit = random.pick<'A' | 'W'>(['A', 'W']);
  return {
    status: 'accepted',
    schedule: { evseNumber: 1, startAtMs, durationSec, unit, periods },
  };
}

async function tell(box: Box, [action, payload]: Call): Promise<void> {
  try {
    await box.send(action, payload);
  } catch (error) {
    // The schema had something against it: the engine never sees it.
    if (!(error instanceof CallError)) throw error;
  }
}

async function story(number: number): Promise<World> {
  const random = dice(SEED, `story ${number}`);
  const world = openWorld({ stations: 2, evsesPerStation: 2, limitA: 60 });
  world.script.reply = (pending) => oddOutcome(random, pending);
  const old = boxOf(world, 'S1');
  const young = boxOf(world, 'S2', random.pick(['ocpp2.0.1', 'ocpp2.1']));
  for (let turn = 0; turn < TURNS; turn += 1) {
    if (random.chance(0.5)) await tell(old, call16(random, world));
    else await tell(young, call2(random, world));
    if (random.chance(0.4)) world.wait(random.pick([1, 30, 400, 4_000]));
  }
  return world;
}

test(`${STORIES} stories of ${TURNS} turns`, async () => {
  for (let number = 0; number < STORIES; number += 1) {
    const world = await story(number).catch((cause: unknown) => {
      throw new Error(`story ${number}`, { cause });
    });
    const { state, nowMs } = world.script;
    for (const part of [state.stations, state.evses, state.sessions, state.pending]) {
      const rows = [...part.values()];
      expect(fromJson(JSON.parse(toJson(rows))), `story ${number}`).toEqual(rows);
    }
    for (const evse of state.site.evses) {
      const { ledger, decision } = state.evses.get(evse.id) ?? {};
      const worstA = ledger === undefined ? 0 : worstCaseAt(ledger, nowMs, state.site.settings);
      expect(worstA).toBeLessThanOrEqual(evse.currentMaxA);
      expect(decision?.limitA ?? 0).toBeLessThanOrEqual(evse.currentMaxA);
    }
    for (const session of world.sessions()) {
      const energyWh = energyOf(session) ?? 0;
      expect(Number.isFinite(energyWh) && energyWh >= 0, `story ${number}: ${energyWh}`).toBe(true);
      expect(session.pluggedInAtMs).toBeLessThanOrEqual(nowMs);
      expect(session.endedAtMs ?? nowMs).toBeGreaterThanOrEqual(session.startedAtMs ?? 0);
    }
  }
});
