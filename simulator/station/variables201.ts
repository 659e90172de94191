/** The device model of a virtual 2.0.1 station. */
import {
  type Call,
  MEASURANDS,
  type StationPort,
  type StationSettings,
  iso,
  measurandsFrom,
} from './dialect.js';

interface VariableRow {
  readonly component: string;
  readonly evseId?: number;
  readonly variable: string;
  readonly value: string;
  readonly dataType: 'boolean' | 'integer' | 'string' | 'decimal' | 'MemberList';
  readonly setting?: keyof StationSettings;
}

interface Named {
  readonly component: {
    readonly name: string;
    readonly evse?: { readonly id: number };
  };
  readonly variable: { readonly name: string };
}

function rows(port: StationPort): readonly VariableRow[] {
  const { traits, settings } = port;
  const { switchesPhases: switches } = traits;
  const row = (
    component: string,
    variable: string,
    value: string,
    dataType: VariableRow['dataType'],
    setting?: keyof StationSettings,
  ): VariableRow => ({
    component,
    variable,
    value,
    dataType,
    ...(setting === undefined ? {} : { setting }),
  });
  return [
    row(
      'OCPPCommCtrlr',
      'HeartbeatInterval',
      String(settings.heartbeatSec),
      'integer',
      'heartbeatSec',
    ),
    row(
      'SampledDataCtrlr',
      'TxUpdatedInterval',
      String(settings.sampleSec),
      'integer',
      'sampleSec',
    ),
    row(
      'SampledDataCtrlr',
      'TxUpdatedMeasurands',
      settings.measurands.join(','),
      'MemberList',
      'measurands',
    ),
    row('AlignedDataCtrlr', 'Interval', String(settings.alignedSec), 'integer', 'alignedSec'),
    row('AlignedDataCtrlr', 'Measurands', MEASURANDS.join(','), 'MemberList'),
    row('SmartChargingCtrlr', 'Available', 'true', 'boolean'),
    row('SmartChargingCtrlr', 'Enabled', 'true', 'boolean'),
    row('SmartChargingCtrlr', 'ProfileStackLevel', String(traits.stackLevelMax), 'integer'),
    row('SmartChargingCtrlr', 'RateUnit', traits.units.join(','), 'MemberList'),
    row('SmartChargingCtrlr', 'PeriodsPerSchedule', String(traits.periodsMax), 'integer'),
    row('SmartChargingCtrlr', 'Entries', '0', 'integer'),
    row('SmartChargingCtrlr', 'Phases3to1', String(switches !== undefined), 'boolean'),
    row('SmartChargingCtrlr', 'ACPhaseSwitchingSupported', String(switches === 'named'), 'boolean'),
    row('AuthCtrlr', 'AuthorizeRemoteStart', 'false', 'boolean'),
    row('TxCtrlr', 'TxStartPoint', 'Authorized', 'MemberList'),
    row('TxCtrlr', 'StopTxOnInvalidId', 'true', 'boolean'),
    ...port.evses.map((evse) => ({
      ...row('EVSE', 'SupplyPhases', String(evse.hardware.phaseCount), 'integer'),
      evseId: evse.number,
    })),
    ...port.evses.map((evse) => ({
      ...row('EVSE', 'Power', String(maxPowerW(evse.hardware)), 'decimal'),
      evseId: evse.number,
    })),
  ];
}

const maxPowerW = (hardware: {
  readonly currentMaxA: number;
  readonly phaseCount: number;
  readonly voltageV: number;
}): number => Math.floor(hardware.currentMaxA * hardware.phaseCount * hardware.voltageV);

/** The whole device model is small enough for one report. */
export function notifyReport201(port: StationPort, requestId: number): Call {
  const reportData = rows(port).map((row) => ({
    component: {
      name: row.component,
      ...(row.evseId === undefined ? {} : { evse: { id: row.evseId } }),
    },
    variable: { name: row.variable },
    variableAttribute: [
      {
        type: 'Actual',
        value: row.value,
        mutability: row.setting === undefined ? 'ReadOnly' : 'ReadWrite',
        persistent: true,
      },
    ],
    variableCharacteristics: { dataType: row.dataType, supportsMonitoring: false },
  }));
  const payload = {
    requestId,
    generatedAt: iso(port.nowMs()),
    seqNo: 0,
    tbc: false,
    reportData,
  };
  return { action: 'NotifyReport', payload };
}

export function getVariables201(port: StationPort, asked: unknown): object {
  const getVariableResult = (asked as readonly Named[]).map((named) => {
    const found = find(port, named);
    return {
      attributeStatus: typeof found === 'string' ? found : 'Accepted',
      ...(typeof found === 'string' ? {} : { attributeValue: found.value }),
      component: named.component,
      variable: named.variable,
    };
  });
  return { getVariableResult };
}

export function setVariables201(port: StationPort, wanted: unknown): object {
  const entries = wanted as readonly (Named & { readonly attributeValue: string })[];
  const setVariableResult = entries.map((entry) => ({
    attributeStatus: setOne(port, entry),
    component: entry.component,
    variable: entry.variable,
  }));
  return { setVariableResult };
}

function setOne(port: StationPort, entry: Named & { readonly attributeValue: string }): string {
  const found = find(port, entry);
  if (typeof found === 'string') return found;
  if (found.setting === undefined) {
    return found.value === entry.attributeValue ? 'Accepted' : 'Rejected';
  }
  if (found.setting === 'measurands') {
    const measurands = measurandsFrom(entry.attributeValue);
    if (measurands !== undefined) port.changeSetting('measurands', measurands);
    return measurands === undefined ? 'Rejected' : 'Accepted';
  }
  const seconds = Number(entry.attributeValue);
  if (!Number.isInteger(seconds) || seconds < 0) return 'Rejected';
  port.changeSetting(found.setting, seconds);
  return 'Accepted';
}

function find(port: StationPort, named: Named): VariableRow | string {
  const ofComponent = rows(port).filter(
    (row) =>
      row.component === named.component.name &&
      (row.evseId === undefined || row.evseId === named.component.evse?.id),
  );
  if (ofComponent.length === 0) return 'UnknownComponent';
  return ofComponent.find((row) => row.variable === named.variable.name) ?? 'UnknownVariable';
}
