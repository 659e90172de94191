import type { Handled, HandlerContext } from '../handler.js';
import type { StationRecord } from '../messages.js';
import { recorded } from '../station-record.js';

interface SecurityEvent {
  readonly type: string;
  readonly timestamp: string;
  readonly techInfo?: string;
}

type Severity = StationRecord['severity'];

/**
 * The standard's list of security events (1.6 security extension, 2.x part 2 appendix 1). Those that it
 * calls critical are warnings, and errors where they mean harm already done; a failed check of a
 * signature, a certificate or a replay is a warning too; the rest and what is unknown is told.
 */
const SEVERITIES: Readonly<Record<string, Severity>> = {
  AttemptedReplayAttacks: 'warning',
  FirmwareUpdated: 'warning',
  InvalidFirmwareSignature: 'warning',
  InvalidFirmwareSigningCertificate: 'warning',
  InvalidCentralSystemCertificate: 'warning',
  InvalidChargePointCertificate: 'warning',
  InvalidChargingStationCertificate: 'warning',
  InvalidCsmsCertificate: 'warning',
  MaintenanceLoginAccepted: 'warning',
  MaintenanceLoginFailed: 'warning',
  MemoryExhaustion: 'error',
  ResetOrReboot: 'warning',
  SecurityLogWasCleared: 'error',
  SettingSystemTime: 'warning',
  StartupOfTheDevice: 'warning',
  TamperDetectionActivated: 'error',
};

/** 1.6 security extension, 2.x A04: answered once it is kept; a station repeats it until then. */
export function securityEventNotification(
  payload: SecurityEvent,
  context: HandlerContext,
): Handled {
  const { type, timestamp, techInfo } = payload;
  const severity = Object.hasOwn(SEVERITIES, type) ? (SEVERITIES[type] ?? 'info') : 'info';
  const details = techInfo === undefined || techInfo === '' ? '' : ` (${techInfo})`;
  return recorded(
    context,
    {},
    {
      kind: 'security-event',
      severity,
      summary: `Security event ${type}${details}`,
      timestamp,
      data: payload,
    },
  );
}
