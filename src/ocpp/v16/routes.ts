import { acknowledge, type Route, type Routes, route } from '../handler.js';
import { heartbeat } from '../heartbeat.js';
import { authorize } from './authorize.js';
import { bootNotification } from './boot-notification.js';
import { meterValues } from './meter-values.js';
import { startTransaction } from './start-transaction.js';
import { statusNotification } from './status-notification.js';
import { stopTransaction } from './stop-transaction.js';

/** OCPP 1.6: what a station may send, and who handles it. */
export const routes16: Routes = new Map<string, Route>([
  ['Authorize', route(authorize, 'no-answer')],
  ['BootNotification', route(bootNotification, 'keep-and-answer')],
  ['Heartbeat', route(heartbeat, 'drop-and-answer')],
  ['MeterValues', route(meterValues, 'no-answer')],
  ['StartTransaction', route(startTransaction, 'no-answer')],
  ['StatusNotification', route(statusNotification, 'keep')],
  ['StopTransaction', route(stopTransaction, 'no-answer')],
  ['DataTransfer', acknowledge({ status: 'UnknownVendorId' })],
  ['DiagnosticsStatusNotification', acknowledge({})],
  ['FirmwareStatusNotification', acknowledge({})],
  ['LogStatusNotification', acknowledge({})],
  ['SecurityEventNotification', acknowledge({})],
  ['SignedFirmwareStatusNotification', acknowledge({})],
]);
