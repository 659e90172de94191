/** OCPP 2.0.1 of a virtual station: what it says and how it answers. */
import { profileReports } from './report-profiles.js';
import { type WireProfile201, clearFilterFrom, profileFrom201 } from './decode-profile.js';
import {
  type Dialect,
  type Handler,
  type StationPort,
  type StopReason,
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
import { getVariables201, notifyReport201, setVariables201 } from './variables201.js';

const CHARGING_STATE: Readonly<Record<EvseState, string>> = {
  available: 'Idle',
  preparing: 'EVConnected',
  charging: 'Charging',
  'suspended-ev': 'SuspendedEV',
  'suspended-evse': 'SuspendedEVSE',
  finishing: 'EVConnected',
};

/** Why a transaction ends, as reason and as trigger. */
const STOP: Readonly<Record<StopReason, readonly [stoppedReason: string, trigger: string]>> = {
  EVDisconnected: ['EVDisconnected', 'EVDeparted'],
  Remote: ['Remote', 'RemoteStop'],
  DeAuthorized: ['DeAuthorized', 'Deauthorized'],
  Reset: ['ImmediateReset', 'ResetCommand'],
};

export function dialect201(stationId: string, traits: StationTraits): Dialect {
  return {
    boot: (reason) => ({
      action: 'BootNotification',
      payload: {
        reason,
        chargingStation: {
          vendorName: IDENTITY.vendor,
          model: modelOf(traits),
          serialNumber: stationId.slice(0, 25),
          firmwareVersion: IDENTITY.firmware,
        },
      },
    }),
    status: (evseId, state, atMs) => ({
      action: 'StatusNotification',
      payload: {
        timestamp: iso(atMs),
        connectorStatus: state === 'available' ? 'Available' : 'Occupied',
        evseId,
        connectorId: 1,
      },
    }),
    authorize: (idToken) => ({ action: 'Authorize', payload: { idToken: token(idToken) } }),
    isAccepted: (answer) => tokenStatus(answer) === 'Accepted',
    started: (moment) =>
      event(moment, 'Started', 'Authorized', {
        evse: { id: moment.evse.number, connectorId: 1 },
        idToken: token(moment.transaction.idToken),
        meterValue: readings(moment.sample, 'Transaction.Begin'),
      }),
    startAnswered: (_transaction, answer) => (tokenStatus(answer) ?? 'Accepted') === 'Accepted',
    sampled: (moment, measurands) =>
      event(moment, 'Updated', 'MeterValuePeriodic', {
        meterValue: readings(moment.sample, 'Sample.Periodic', measurands),
      }),
    stateChanged: (moment) =>
      event(moment, 'Updated', 'ChargingStateChanged', {
        meterValue: readings(moment.sample, 'Other'),
      }),
    stopped: (moment, reason) =>
      event(moment, 'Ended', STOP[reason][1], {
        meterValue: readings(moment.sample, 'Transaction.End'),
        stoppedReason: STOP[reason][0],
      }),
    idleSampled: (evse, sample) => ({
      action: 'MeterValues',
      payload: { evseId: evse.number, meterValue: readings(sample, 'Sample.Clock') },
    }),
    handlers: (port) => handlers201(port),
  };
}

const token = (idToken: string): object => ({ idToken, type: 'Central' });

function tokenStatus(answer: Answer): string | undefined {
  return (answer['idTokenInfo'] as { readonly status?: string } | undefined)?.status;
}

/** Sequence numbers are given when an event is first sent, so that none is missing. */
function event(
  moment: TransactionMoment,
  eventType: 'Started' | 'Updated' | 'Ended',
  triggerReason: string,
  fields: { readonly stoppedReason?: string; readonly [name: string]: unknown },
): { readonly action: string; readonly build: () => object } {
  const { stoppedReason, ...others } = fields;
  return {
    action: 'TransactionEvent',
    build() {
      const seqNo = moment.transaction.nextSeqNo;
      moment.transaction.nextSeqNo += 1;
      return {
        eventType,
        timestamp: iso(moment.sample.atMs),
        triggerReason,
        seqNo,
        ...(moment.offline ? { offline: true } : {}),
        transactionInfo: {
          transactionId: moment.transaction.id,
          chargingState: CHARGING_STATE[moment.state],
          ...(stoppedReason === undefined ? {} : { stoppedReason }),
        },
        ...others,
      };
    },
  };
}

function readings(
  sample: Sample,
  context: string,
  measurands: readonly string[] = MEASURANDS,
): readonly object[] {
  const reading = (value: number, measurand: string, unit: string) => ({
    value: Number(value.toFixed(3)),
    context,
    measurand,
    unitOfMeasure: { unit },
  });
  const currents = sample.currentsA.map((currentA, index) => ({
    ...reading(currentA, 'Current.Import', 'A'),
    phase: `L${index + 1}`,
  }));
  const sampledValue = [
    reading(sample.registerWh, 'Energy.Active.Import.Register', 'Wh'),
    ...currents,
    reading(sample.powerW, 'Power.Active.Import', 'W'),
    reading(sample.offeredA, 'Current.Offered', 'A'),
  ].filter(({ measurand }) => measurands.includes(measurand));
  return [{ timestamp: iso(sample.atMs), sampledValue }];
}

const TRIGGERS: Readonly<Record<string, Triggered>> = {
  BootNotification: 'boot',
  Heartbeat: 'heartbeat',
  StatusNotification: 'status',
  MeterValues: 'meter',
  TransactionEvent: 'meter',
};

function refused(reasonCode: string): object {
  return { status: 'Rejected', statusInfo: { reasonCode: reasonCode.slice(0, 20) } };
}

function handlers201(port: StationPort): Readonly<Record<string, Handler>> {
  return {
    SetChargingProfile(params) {
      const wire = params['chargingProfile'] as WireProfile201;
      const profile = profileFrom201(wire, params['evseId'] as number, port.nowMs());
      if (profile === undefined) return refused('UnsupportedPurpose');
      const refusal = port.install(profile);
      return refusal === undefined ? { status: 'Accepted' } : refused(refusal);
    },
    ClearChargingProfile(params) {
      const criteria = params['chargingProfileCriteria'] as Record<string, unknown> | undefined;
      const filter = clearFilterFrom({
        id: params['chargingProfileId'] as number | undefined,
        evseNumber: criteria?.['evseId'] as number | undefined,
        purpose: criteria?.['chargingProfilePurpose'] as string | undefined,
        stackLevel: criteria?.['stackLevel'] as number | undefined,
      });
      const count = filter === undefined ? 0 : port.clear(filter);
      return { status: count > 0 ? 'Accepted' : 'Unknown' };
    },
    GetCompositeSchedule: (params) => compositeAnswer(port, params),
    GetChargingProfiles(params) {
      const evseNumber = params['evseId'] as number | undefined;
      const reports = profileReports(port.profiles(), {
        requestId: params['requestId'] as number,
        ...(evseNumber === undefined ? {} : { evseNumber }),
      });
      for (const report of reports) port.send(report);
      return { status: reports.length > 0 ? 'Accepted' : 'NoProfiles' };
    },
    RequestStartTransaction: (params) => requestStart(port, params),
    RequestStopTransaction: (params) => ({
      status: port.remoteStop(params['transactionId'] as string) ? 'Accepted' : 'Rejected',
    }),
    TriggerMessage(params) {
      const what = TRIGGERS[params['requestedMessage'] as string];
      if (what === undefined) return { status: 'NotImplemented' };
      port.trigger(what, (params['evse'] as { readonly id?: number } | undefined)?.id);
      return { status: 'Accepted' };
    },
    GetBaseReport(params) {
      port.send(notifyReport201(port, params['requestId'] as number));
      return { status: 'Accepted' };
    },
    GetVariables: (params) => getVariables201(port, params['getVariableData']),
    SetVariables: (params) => setVariables201(port, params['setVariableData']),
    Reset() {
      port.reset();
      return { status: 'Accepted' };
    },
    UnlockConnector: () => ({ status: 'UnknownConnector' }),
    ChangeAvailability: () => ({ status: 'Rejected' }),
    ClearCache: () => ({ status: 'Rejected' }),
  };
}

function requestStart(port: StationPort, params: Readonly<Record<string, unknown>>): object {
  const wire = params['chargingProfile'] as WireProfile201 | undefined;
  if (wire !== undefined && wire.chargingProfilePurpose !== 'TxProfile') {
    return refused('InvalidProfile');
  }
  const isStarted = port.remoteStart(
    params['evseId'] as number | undefined,
    (params['idToken'] as { readonly idToken: string }).idToken,
    (evseNumber) =>
      wire === undefined ? undefined : profileFrom201(wire, evseNumber, port.nowMs()),
  );
  return { status: isStarted ? 'Accepted' : 'Rejected' };
}

function compositeAnswer(port: StationPort, params: Readonly<Record<string, unknown>>): object {
  const evseId = params['evseId'] as number;
  const duration = params['duration'] as number;
  const unit = params['chargingRateUnit'] as RateUnit | undefined;
  const answer = port.schedule(evseId, duration, unit);
  if (answer === undefined) return refused('UnsupportedRateUnit');
  return {
    status: 'Accepted',
    schedule: {
      evseId,
      duration,
      scheduleStart: iso(answer.fromMs),
      chargingRateUnit: answer.unit,
      chargingSchedulePeriod: answer.periods.map(({ startSec, limit, ...phases }) => ({
        startPeriod: startSec,
        limit,
        ...phases,
      })),
    },
  };
}
