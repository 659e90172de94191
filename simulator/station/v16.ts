/** OCPP 1.6J of a virtual station: what it says and how it answers. */
import { type WireProfile16, clearFilterFrom, profileFrom16 } from './decode-profile.js';
import {
  type Dialect,
  type Handler,
  type StationPort,
  type TransactionMoment,
  type Triggered,
  IDENTITY,
  MEASURANDS,
  iso,
  modelOf,
} from './dialect.js';
import type { EvseState, Sample } from './evse.js';
import type { Answer } from './out-queue.js';
import type { RateUnit } from './profile.js';
import type { StationTraits } from './traits.js';
import { changeConfiguration16, configuration16 } from './configuration16.js';

const STATUS: Readonly<Record<EvseState, string>> = {
  available: 'Available',
  preparing: 'Preparing',
  charging: 'Charging',
  'suspended-ev': 'SuspendedEV',
  'suspended-evse': 'SuspendedEVSE',
  finishing: 'Finishing',
};

export function dialect16(stationId: string, traits: StationTraits): Dialect {
  return {
    boot: () => ({
      action: 'BootNotification',
      payload: {
        chargePointVendor: IDENTITY.vendor,
        chargePointModel: modelOf(traits),
        chargePointSerialNumber: stationId.slice(0, 25),
        firmwareVersion: IDENTITY.firmware,
      },
    }),
    status: (connectorId, state, atMs) => ({
      action: 'StatusNotification',
      payload: { connectorId, errorCode: 'NoError', status: STATUS[state], timestamp: iso(atMs) },
    }),
    authorize: (idTag) => ({ action: 'Authorize', payload: { idTag } }),
    isAccepted: (answer) => tagStatus(answer) === 'Accepted',
    started: ({ evse, transaction }) => ({
      action: 'StartTransaction',
      build: () => ({
        connectorId: evse.number,
        idTag: transaction.idToken,
        meterStart: Math.round(transaction.meterStartWh),
        timestamp: iso(transaction.startedAtMs),
      }),
    }),
    startAnswered(transaction, answer) {
      if (typeof answer['transactionId'] === 'number') {
        transaction.id = String(answer['transactionId']);
      }
      return tagStatus(answer) === 'Accepted';
    },
    sampled: (moment, measurands) => ({
      action: 'MeterValues',
      build: () =>
        withTransactionId(moment, readings(moment.evse.number, moment.sample, measurands)),
    }),
    stateChanged: undefined,
    stopped: (moment, reason) => ({
      action: 'StopTransaction',
      build: () =>
        withTransactionId(moment, {
          idTag: moment.transaction.idToken,
          meterStop: Math.round(moment.sample.registerWh),
          timestamp: iso(moment.sample.atMs),
          reason: reason === 'Reset' ? 'SoftReset' : reason,
        }),
    }),
    idleSampled: (evse, sample) => ({
      action: 'MeterValues',
      payload: readings(evse.number, sample, MEASURANDS),
    }),
    handlers: (port) => handlers16(port),
  };
}

function tagStatus(answer: Answer): string | undefined {
  return (answer['idTagInfo'] as { readonly status?: string } | undefined)?.status;
}

/** Nothing to send when the CPMS never gave the transaction an id. */
function withTransactionId(moment: TransactionMoment, payload: object): object | undefined {
  const { id } = moment.transaction;
  return id === undefined ? undefined : { ...payload, transactionId: Number(id) };
}

function readings(connectorId: number, sample: Sample, measurands: readonly string[]): object {
  const currents = sample.currentsA.map((currentA, index) => ({
    value: currentA.toFixed(3),
    measurand: 'Current.Import',
    phase: `L${index + 1}`,
    unit: 'A',
  }));
  const sampledValue = [
    {
      value: sample.registerWh.toFixed(2),
      measurand: 'Energy.Active.Import.Register',
      unit: 'Wh',
    },
    ...currents,
    { value: sample.powerW.toFixed(1), measurand: 'Power.Active.Import', unit: 'W' },
    { value: sample.offeredA.toFixed(1), measurand: 'Current.Offered', unit: 'A' },
  ].filter(({ measurand }) => measurands.includes(measurand));
  return { connectorId, meterValue: [{ timestamp: iso(sample.atMs), sampledValue }] };
}

const TRIGGERS: Readonly<Record<string, Triggered>> = {
  BootNotification: 'boot',
  Heartbeat: 'heartbeat',
  StatusNotification: 'status',
  MeterValues: 'meter',
};

function handlers16(port: StationPort): Readonly<Record<string, Handler>> {
  return {
    SetChargingProfile(params) {
      const wire = params['csChargingProfiles'] as WireProfile16;
      const profile = profileFrom16(wire, params['connectorId'] as number, port.nowMs());
      const isRefused = profile === undefined || port.install(profile) !== undefined;
      return { status: isRefused ? 'Rejected' : 'Accepted' };
    },
    ClearChargingProfile(params) {
      const filter = clearFilterFrom({
        id: params['id'] as number | undefined,
        evseNumber: params['connectorId'] as number | undefined,
        purpose: params['chargingProfilePurpose'] as string | undefined,
        stackLevel: params['stackLevel'] as number | undefined,
      });
      const count = filter === undefined ? 0 : port.clear(filter);
      return { status: count > 0 ? 'Accepted' : 'Unknown' };
    },
    GetCompositeSchedule: (params) => compositeAnswer(port, params),
    RemoteStartTransaction(params) {
      const wire = params['chargingProfile'] as WireProfile16 | undefined;
      const isStarted = port.remoteStart(
        params['connectorId'] as number | undefined,
        params['idTag'] as string,
        (evseNumber) =>
          wire === undefined ? undefined : profileFrom16(wire, evseNumber, port.nowMs()),
      );
      return { status: isStarted ? 'Accepted' : 'Rejected' };
    },
    RemoteStopTransaction: (params) => ({
      status: port.remoteStop(String(params['transactionId'])) ? 'Accepted' : 'Rejected',
    }),
    TriggerMessage(params) {
      const what = TRIGGERS[params['requestedMessage'] as string];
      if (what === undefined) return { status: 'NotImplemented' };
      port.trigger(what, params['connectorId'] as number | undefined);
      return { status: 'Accepted' };
    },
    GetConfiguration: (params) =>
      configuration16(port, params['key'] as readonly string[] | undefined),
    ChangeConfiguration: (params) =>
      changeConfiguration16(port, params['key'] as string, params['value'] as string),
    Reset() {
      port.reset();
      return { status: 'Accepted' };
    },
    UnlockConnector: () => ({ status: 'NotSupported' }),
    ChangeAvailability: () => ({ status: 'Rejected' }),
    ClearCache: () => ({ status: 'Accepted' }),
  };
}

function compositeAnswer(port: StationPort, params: Readonly<Record<string, unknown>>): object {
  const connectorId = params['connectorId'] as number;
  const durationSec = params['duration'] as number;
  const unit = params['chargingRateUnit'] as RateUnit | undefined;
  const answer = port.schedule(connectorId, durationSec, unit);
  if (answer === undefined) return { status: 'Rejected' };
  return {
    status: 'Accepted',
    connectorId,
    scheduleStart: iso(answer.fromMs),
    chargingSchedule: {
      duration: durationSec,
      startSchedule: iso(answer.fromMs),
      chargingRateUnit: answer.unit,
      chargingSchedulePeriod: answer.periods.map(({ startSec, limit, ...phases }) => ({
        startPeriod: startSec,
        limit,
        ...phases,
      })),
    },
  };
}
