import { dataTransfer } from '../common/data-transfer.js';
import { firmwareStatusNotification } from '../common/firmware-status-notification.js';
import { logStatusNotification } from '../common/log-status-notification.js';
import { securityEventNotification } from '../common/security-event-notification.js';
import { type Route, type Routes, route } from '../handler.js';
import { heartbeat } from '../heartbeat.js';
import { authorize } from './authorize.js';
import { bootNotification } from './boot-notification.js';
import { clearedChargingLimit } from './cleared-charging-limit.js';
import { get15118EvCertificate } from './get-15118-ev-certificate.js';
import { getCertificateStatus } from './get-certificate-status.js';
import { meterValues } from './meter-values.js';
import { notifyChargingLimit } from './notify-charging-limit.js';
import { notifyCustomerInformation } from './notify-customer-information.js';
import { notifyDisplayMessages } from './notify-display-messages.js';
import { notifyEvChargingNeeds } from './notify-ev-charging-needs.js';
import { notifyEvChargingSchedule } from './notify-ev-charging-schedule.js';
import { notifyEvent } from './notify-event.js';
import { notifyMonitoringReport } from './notify-monitoring-report.js';
import { notifyReport } from './notify-report.js';
import { publishFirmwareStatusNotification } from './publish-firmware-status-notification.js';
import { reportChargingProfiles } from './report-charging-profiles.js';
import { reservationStatusUpdate } from './reservation-status-update.js';
import { signCertificate } from './sign-certificate.js';
import { statusNotification } from './status-notification.js';
import { transactionEvent } from './transaction-event.js';

/** OCPP 2.0.1: what a station may send, and who handles it. */
export const routes201: Routes = new Map<string, Route>([
  ['Authorize', route(authorize, 'no-answer')],
  ['BootNotification', route(bootNotification, 'keep-and-answer')],
  ['ClearedChargingLimit', route(clearedChargingLimit, 'drop-and-answer')],
  ['DataTransfer', route(dataTransfer, 'drop-and-answer')],
  ['FirmwareStatusNotification', route(firmwareStatusNotification, 'no-answer')],
  ['Get15118EVCertificate', route(get15118EvCertificate, 'drop-and-answer')],
  ['GetCertificateStatus', route(getCertificateStatus, 'drop-and-answer')],
  ['Heartbeat', route(heartbeat, 'drop-and-answer')],
  ['LogStatusNotification', route(logStatusNotification, 'no-answer')],
  ['MeterValues', route(meterValues, 'drop-and-answer')],
  ['NotifyChargingLimit', route(notifyChargingLimit, 'keep-and-answer')],
  ['NotifyCustomerInformation', route(notifyCustomerInformation, 'no-answer')],
  ['NotifyDisplayMessages', route(notifyDisplayMessages, 'no-answer')],
  ['NotifyEVChargingNeeds', route(notifyEvChargingNeeds, 'drop-and-answer')],
  ['NotifyEVChargingSchedule', route(notifyEvChargingSchedule, 'drop-and-answer')],
  ['NotifyEvent', route(notifyEvent, 'no-answer')],
  ['NotifyMonitoringReport', route(notifyMonitoringReport, 'no-answer')],
  ['NotifyReport', route(notifyReport, 'no-answer')],
  ['PublishFirmwareStatusNotification', route(publishFirmwareStatusNotification, 'no-answer')],
  ['ReportChargingProfiles', route(reportChargingProfiles, 'no-answer')],
  ['ReservationStatusUpdate', route(reservationStatusUpdate, 'no-answer')],
  ['SecurityEventNotification', route(securityEventNotification, 'no-answer')],
  ['SignCertificate', route(signCertificate, 'drop-and-answer')],
  ['StatusNotification', route(statusNotification, 'keep')],
  ['TransactionEvent', route(transactionEvent, 'no-answer')],
]);
