import { fromStation, type Handled, type HandlerContext } from '../handler.js';
import type { StationRecord } from '../messages.js';
import { because, recorded, type StatusInfo } from '../station-record.js';

interface FirmwareStatus {
  readonly status: string;
  readonly requestId?: number;
  readonly statusInfo?: StatusInfo;
}

const WORDS: Readonly<Record<string, string>> = {
  Idle: 'No firmware update under way',
  DownloadScheduled: 'Firmware download is scheduled',
  Downloading: 'Firmware is being downloaded',
  DownloadPaused: 'Firmware download is paused',
  Downloaded: 'Firmware was downloaded',
  DownloadFailed: 'Firmware download failed',
  SignatureVerified: 'Signature of the firmware was verified',
  InvalidSignature: 'Signature of the firmware is not valid',
  InstallScheduled: 'Firmware installation is scheduled',
  Installing: 'Firmware is being installed',
  InstallRebooting: 'Station reboots to install firmware',
  InstallVerificationFailed: 'Verification of the new firmware failed',
  InstallationFailed: 'Firmware installation failed',
  Installed: 'Firmware was installed',
};
const FAILURES = new Set([
  'DownloadFailed',
  'InstallationFailed',
  'InstallVerificationFailed',
  'InvalidSignature',
]);

/** The station goes down next, whoever asked it to. */
const REBOOTING = new Set(['Installing', 'InstallRebooting']);

/** 1.6 §4.5 and its signed form, 2.x L01 and L02. */
export function firmwareStatusNotification(
  payload: FirmwareStatus,
  context: HandlerContext,
): Handled {
  const { status, requestId, statusInfo } = payload;
  const severity: StationRecord['severity'] = FAILURES.has(status) ? 'error' : 'info';
  const summary = `${WORDS[status] ?? `Firmware: ${status}`}${because(statusInfo)}`;
  const fields = { kind: 'firmware-status', severity, summary, requestId, data: payload } as const;
  const handled = recorded(context, {}, fields);
  if (!REBOOTING.has(status)) return handled;
  return { ...handled, events: [{ ...fromStation(context), type: 'station.rebooting' }] };
}
