/** The standard's words beside ours, one table a concept. */
import type { ProfilePurpose, RateUnit } from '../charging-profile.js';
import type { InstalledPurpose, OperationMode, ProfileKind } from '../installed-profile.js';

export const UNITS: Readonly<Record<string, RateUnit>> = { A: 'A', W: 'W' };

export const PURPOSE_16 = {
  'station-max': 'ChargePointMaxProfile',
  'tx-default': 'TxDefaultProfile',
  tx: 'TxProfile',
} as const satisfies Record<ProfilePurpose, string>;

export const PURPOSE_2 = {
  'station-max': 'ChargingStationMaxProfile',
  'tx-default': 'TxDefaultProfile',
  tx: 'TxProfile',
} as const satisfies Record<ProfilePurpose, string>;

export const PURPOSES: Readonly<Record<string, InstalledPurpose>> = {
  ChargePointMaxProfile: 'station-max',
  ChargingStationMaxProfile: 'station-max',
  ChargingStationExternalConstraints: 'external-constraints',
  TxDefaultProfile: 'tx-default',
  TxProfile: 'tx',
  PriorityCharging: 'priority-charging',
  LocalGeneration: 'local-generation',
};

export const KINDS: Readonly<Record<string, ProfileKind>> = {
  Absolute: 'absolute',
  Recurring: 'recurring',
  Relative: 'relative',
  Dynamic: 'dynamic',
};

export const RECURRENCIES: Readonly<Record<string, 'daily' | 'weekly'>> = {
  Daily: 'daily',
  Weekly: 'weekly',
};

export const OPERATION_MODES: Readonly<Record<string, OperationMode>> = {
  Idle: 'idle',
  ChargingOnly: 'charging-only',
  CentralSetpoint: 'central-setpoint',
  ExternalSetpoint: 'external-setpoint',
  ExternalLimits: 'external-limits',
  CentralFrequency: 'central-frequency',
  LocalFrequency: 'local-frequency',
  LocalLoadBalancing: 'local-load-balancing',
};
