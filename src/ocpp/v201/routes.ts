import { acknowledge, type Route, type Routes, route } from '../handler.js';
import { heartbeat } from '../heartbeat.js';
import { authorize } from './authorize.js';
import { bootNotification } from './boot-notification.js';
import { meterValues } from './meter-values.js';
import { notifyReport } from './notify-report.js';
import { statusNotification } from './status-notification.js';
import { transactionEvent } from './transaction-event.js';

const REJECTED = { status: 'Rejected' };

/** OCPP 2.0.1: what a station may send, and who handles it. */
export const routes201: Routes = new Map<string, Route>([
  ['Authorize', route(authorize, 'no-answer')],
  ['BootNotification', route(bootNotification, 'keep-and-answer')],
  ['Heartbeat', route(heartbeat, 'drop-and-answer')],
  ['MeterValues', route(meterValues, 'drop-and-answer')],
  ['NotifyReport', route(notifyReport, 'no-answer')],
  ['StatusNotification', route(statusNotification, 'keep')],
  ['TransactionEvent', route(transactionEvent, 'no-answer')],
  ['ClearedChargingLimit', acknowledge({})],
  ['DataTransfer', acknowledge({ status: 'UnknownVendorId' })],
  ['FirmwareStatusNotification', acknowledge({})],
  ['LogStatusNotification', acknowledge({})],
  ['NotifyChargingLimit', acknowledge({})],
  ['NotifyCustomerInformation', acknowledge({})],
  ['NotifyDisplayMessages', acknowledge({})],
  ['NotifyEVChargingNeeds', acknowledge(REJECTED)],
  ['NotifyEVChargingSchedule', acknowledge({ status: 'Accepted' })],
  ['NotifyEvent', acknowledge({})],
  ['NotifyMonitoringReport', acknowledge({})],
  ['PublishFirmwareStatusNotification', acknowledge({})],
  ['ReportChargingProfiles', acknowledge({})],
  ['ReservationStatusUpdate', acknowledge({})],
  ['SecurityEventNotification', acknowledge({})],
  ['SignCertificate', acknowledge(REJECTED)],
]);

/** OCPP 2.1 adds messages; those of 2.0.1 mean the same. */
export const routes21: Routes = new Map<string, Route>([
  ...routes201,
  ['NotifyDERAlarm', acknowledge({})],
  ['NotifyDERStartStop', acknowledge({})],
  ['NotifyPriorityCharging', acknowledge({})],
  ['ReportDERControl', acknowledge({})],
]);
