/** The messages of the three versions as their schemas say, and who may send which. */
import { createRequire } from 'node:module';
import type { OcppVersion } from '../../src/ocpp/messages.js';

/** The part of JSON Schema that OCPP uses. */
export interface JsonSchema {
  readonly $id?: string;
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly format?: string;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly multipleOf?: number;
}

export interface Messages {
  readonly requests: ReadonlyMap<string, JsonSchema>;
  readonly responses: ReadonlyMap<string, JsonSchema>;
  /** Messages without an answer. */
  readonly sends: ReadonlyMap<string, JsonSchema>;
}

export const VERSIONS: readonly [OcppVersion, OcppVersion, OcppVersion] = [
  'ocpp1.6',
  'ocpp2.0.1',
  'ocpp2.1',
];

const FILES: Readonly<Record<OcppVersion, string>> = {
  'ocpp1.6': 'ocpp1_6',
  'ocpp2.0.1': 'ocpp2_0_1',
  'ocpp2.1': 'ocpp2_1',
};
const require = createRequire(import.meta.url);

export function messagesOf(version: OcppVersion): Messages {
  const path = `ocpp-rpc/lib/schemas/${FILES[version]}.json`;
  const shipped = require(path) as readonly JsonSchema[];
  const of = (pattern: RegExp): ReadonlyMap<string, JsonSchema> =>
    new Map(
      shipped.flatMap((schema) => {
        const action = pattern.exec(schema.$id ?? '')?.[1];
        return action === undefined ? [] : [[action, schema]];
      }),
    );
  return {
    requests: of(/^urn:(\w+?)(?:\.req|Request)$/),
    responses: of(/^urn:(\w+?)(?:\.conf|Response)$/),
    sends: of(/^urn:((?:(?!Request|Response)\w)+)$/),
  };
}

const OF_ALL = ['Authorize', 'BootNotification', 'DataTransfer', 'FirmwareStatusNotification'];
const OF_ALL_TOO = ['Heartbeat', 'LogStatusNotification', 'MeterValues'];
const OF_ALL_THREE = ['SecurityEventNotification', 'SignCertificate', 'StatusNotification'];
const EVERYWHERE = [...OF_ALL, ...OF_ALL_TOO, ...OF_ALL_THREE];
const ONLY_16 = [
  'DiagnosticsStatusNotification',
  'SignedFirmwareStatusNotification',
  'StartTransaction',
  'StopTransaction',
];
const SINCE_201 = [
  'ClearedChargingLimit',
  'Get15118EVCertificate',
  'GetCertificateStatus',
  'NotifyChargingLimit',
  'NotifyCustomerInformation',
  'NotifyDisplayMessages',
  'NotifyEVChargingNeeds',
  'NotifyEVChargingSchedule',
  'NotifyEvent',
  'NotifyMonitoringReport',
  'NotifyReport',
  'PublishFirmwareStatusNotification',
  'ReportChargingProfiles',
  'ReservationStatusUpdate',
  'TransactionEvent',
];
const SINCE_21 = [
  'BatterySwap',
  'ClosePeriodicEventStream',
  'GetCertificateChainStatus',
  'NotifyDERAlarm',
  'NotifyDERStartStop',
  'NotifyPriorityCharging',
  'NotifySettlement',
  'OpenPeriodicEventStream',
  'PullDynamicScheduleUpdate',
  'ReportDERControl',
  'VatNumberValidation',
];

/** Requests that a station may send; the schemas themselves do not say. */
export const STATION_ACTIONS: Readonly<Record<OcppVersion, readonly string[]>> = {
  'ocpp1.6': [...EVERYWHERE, ...ONLY_16].toSorted(),
  'ocpp2.0.1': [...EVERYWHERE, ...SINCE_201].toSorted(),
  'ocpp2.1': [...EVERYWHERE, ...SINCE_201, ...SINCE_21].toSorted(),
};
