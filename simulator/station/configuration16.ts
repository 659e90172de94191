/** Configuration keys of a virtual 1.6 station. */
import { MEASURANDS, type StationPort, measurandsFrom } from './dialect.js';

/** Keys that the CPMS may change. */
const INTERVALS: Readonly<Record<string, 'heartbeatSec' | 'sampleSec' | 'alignedSec'>> = {
  HeartbeatInterval: 'heartbeatSec',
  MeterValueSampleInterval: 'sampleSec',
  ClockAlignedDataInterval: 'alignedSec',
};

const SAMPLED = 'MeterValuesSampledData';

export function configuration16(
  port: StationPort,
  asked: readonly string[] | undefined,
): { readonly configurationKey: readonly object[]; readonly unknownKey: readonly string[] } {
  const all = values(port);
  const keys = asked === undefined || asked.length === 0 ? Object.keys(all) : asked;
  const configurationKey = keys
    .filter((key) => all[key] !== undefined)
    .map((key) => ({
      key,
      readonly: INTERVALS[key] === undefined && key !== SAMPLED,
      value: all[key],
    }));
  return { configurationKey, unknownKey: keys.filter((key) => all[key] === undefined) };
}

export function changeConfiguration16(
  port: StationPort,
  key: string,
  value: string,
): { readonly status: string } {
  if (key === SAMPLED) {
    const measurands = measurandsFrom(value);
    if (measurands !== undefined) port.changeSetting('measurands', measurands);
    return { status: measurands === undefined ? 'Rejected' : 'Accepted' };
  }
  const name = INTERVALS[key];
  if (name === undefined) {
    return { status: values(port)[key] === undefined ? 'NotSupported' : 'Rejected' };
  }
  const seconds = Number(value);
  if (!Number.isInteger(seconds) || seconds < 0) return { status: 'Rejected' };
  port.changeSetting(name, seconds);
  return { status: 'Accepted' };
}

function values(port: StationPort): Readonly<Record<string, string>> {
  const { traits, settings } = port;
  return {
    HeartbeatInterval: String(settings.heartbeatSec),
    MeterValueSampleInterval: String(settings.sampleSec),
    ClockAlignedDataInterval: String(settings.alignedSec),
    MeterValuesSampledData: settings.measurands.join(','),
    MeterValuesAlignedData: MEASURANDS.join(','),
    StopTxnSampledData: '',
    StopTxnAlignedData: '',
    ConnectorSwitch3to1PhaseSupported: String(traits.switchesPhases !== undefined),
    NumberOfConnectors: String(port.evses.length),
    ConnectorPhaseRotation: port.evses.map((evse) => `${evse.number}.Unknown`).join(','),
    AuthorizeRemoteTxRequests: 'false',
    LocalAuthorizeOffline: 'false',
    LocalPreAuthorize: 'false',
    AllowOfflineTxForUnknownId: 'false',
    StopTransactionOnEVSideDisconnect: 'true',
    StopTransactionOnInvalidId: 'true',
    ConnectionTimeOut: '0',
    TransactionMessageAttempts: '30',
    GetConfigurationMaxKeys: '50',
    SupportedFeatureProfiles: 'Core,RemoteTrigger,SmartCharging',
    ChargeProfileMaxStackLevel: String(traits.stackLevelMax),
    ChargingScheduleAllowedChargingRateUnit: traits.units
      .map((unit) => (unit === 'A' ? 'Current' : 'Power'))
      .join(','),
    ChargingScheduleMaxPeriods: String(traits.periodsMax),
    MaxChargingProfilesInstalled: '16',
  };
}
