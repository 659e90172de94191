/**
 * What a station's error code means, for a person. The codes of 1.6 (ChargePointErrorCode, 7.6), and the
 * standardised ones of 2.x: reasons that end a transaction (ReasonEnumType) and components' problems as
 * vendors and the MREC list name them.
 */

const WORDS: Readonly<Record<string, string>> = {
  // OCPP 1.6, ChargePointErrorCode
  ConnectorLockFailure: 'the connector could not be locked or unlocked',
  EVCommunicationError: 'the station could not talk to the vehicle',
  GroundFailure: 'the ground fault protection tripped',
  HighTemperature: 'the station is too hot',
  InternalError: 'a part of the station failed',
  LocalListConflict: 'the local authorisation list does not fit the one of the back office',
  NoError: 'the station reports no error',
  OtherError: 'the station reports an error without a name',
  OverCurrentFailure: 'the overcurrent protection tripped',
  OverVoltage: 'the voltage rose above what is allowed',
  PowerMeterFailure: 'the meter could not be read',
  PowerSwitchFailure: 'the contactor did not switch',
  ReaderFailure: 'the token reader failed',
  ResetFailure: 'the station could not restart',
  UnderVoltage: 'the voltage fell below what is allowed',
  WeakSignal: 'the wireless signal is weak',
  // Minimum required error codes (MREC) beyond those of 1.6
  EVSEContactorFault: 'the contactor did not switch',
  ConnectorTemperature: 'the connector is too hot',
  EmergencyStop: 'the emergency stop was pressed',
  IsolationFailure: 'the insulation of the direct current side is damaged',
  CableCheckFailure: 'the check of the cable before charging failed',
  PreChargeFailure: 'the voltage could not be brought to that of the battery',
  NoInternet: 'the station has no connection to the internet',
  PilotFault: 'the control pilot has a value that is not allowed',
  PowerLoss: 'the supply of the station failed',
  EVContactorFault: "the vehicle's contactor did not close or open",
  EVSEPowerDeratedTemperature: 'the station lowers its power because of heat',
  CableOverTempStop: 'the cable is too hot',
  CableOverTempDerate: 'the station lowers its power because the cable is hot',
  PartialInsertion: 'the plug is not fully in',
  CapacitanceFault: 'the vehicle has too much capacitance to earth',
  VoltageOutOfRange: 'the voltage asked for is out of range',
  ProximityFault: 'the proximity circuit of the plug has a value that is not allowed',
  ConnectorVoltageHigh: 'there is voltage on the connector where there should be none',
  BrokenLatch: 'the latch of the connector is broken',
  CutCable: 'the cable is cut',
};

/** Why a transaction ended: 1.6 Reason, and ReasonEnumType of 2.0.1 and 2.1. */
const STOPS: Readonly<Record<string, string>> = {
  DeAuthorized: 'the authorisation was withdrawn',
  EmergencyStop: 'the emergency stop was pressed',
  EnergyLimitReached: 'the energy that was asked for is delivered',
  EVDisconnected: 'the vehicle was unplugged',
  GroundFault: 'the ground fault protection tripped',
  HardReset: 'the station was reset',
  ImmediateReset: 'the station was reset',
  Local: 'the driver stopped it at the station',
  LocalOutOfCredit: 'the credit was used up',
  MasterPass: 'somebody with a master pass stopped it',
  Other: 'the station gave no reason',
  OvercurrentFault: 'the overcurrent protection tripped',
  PowerLoss: 'the supply of the station failed',
  PowerQuality: 'the quality of the supply was too poor',
  Reboot: 'the station restarted',
  Remote: 'it was stopped from the back office or an app',
  ReqEnergyTransferRejected: 'the vehicle asked for a transfer that the station cannot give',
  SOCLimitReached: 'the battery reached the level that was asked for',
  SoftReset: 'the station was reset',
  StoppedByEV: 'the vehicle stopped it',
  TimeLimitReached: 'the time that was asked for is over',
  Timeout: 'the vehicle was not plugged in in time',
  UnlockCommand: 'the connector was unlocked from the back office',
  CostLimitReached: 'the amount that was asked for is used up',
};

/** Reasons by which a station says that something failed. */
const STOP_FAILURES = new Set([
  'EmergencyStop',
  'GroundFault',
  'OvercurrentFault',
  'PowerLoss',
  'PowerQuality',
  'Reboot',
  'ReqEnergyTransferRejected',
]);

export function errorInWords(code: string): string {
  return WORDS[code] ?? `the station reports ${code}, a code of its vendor`;
}

export function stopInWords(reason: string): string {
  return STOPS[reason] ?? `the station gave the reason ${reason}`;
}

export function isFailure(stopReason: string): boolean {
  return STOP_FAILURES.has(stopReason);
}

/** True for codes that say that nothing is wrong. */
export function isNoError(code: string): boolean {
  return code === 'NoError' || code === '';
}
