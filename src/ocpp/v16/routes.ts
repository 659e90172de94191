import { dataTransfer } from '../common/data-transfer.js';
import { firmwareStatusNotification } from '../common/firmware-status-notification.js';
import { logStatusNotification } from '../common/log-status-notification.js';
import { securityEventNotification } from '../common/security-event-notification.js';
import { type Route, type Routes, route } from '../handler.js';
import { heartbeat } from '../heartbeat.js';
import { authorize } from './authorize.js';
import { bootNotification } from './boot-notification.js';
import { meterValues } from './meter-values.js';
import { signCertificate } from './sign-certificate.js';
import { startTransaction } from './start-transaction.js';
import { statusNotification } from './status-notification.js';
import { stopTransaction } from './stop-transaction.js';

/** OCPP 1.6: what a station may send, and who handles it. */
export const routes16: Routes = new Map<string, Route>([
  ['Authorize', route(authorize, 'no-answer')],
  ['BootNotification', route(bootNotification, 'keep-and-answer')],
  ['DataTransfer', route(dataTransfer, 'drop-and-answer')],
  ['DiagnosticsStatusNotification', route(logStatusNotification, 'no-answer')],
  ['FirmwareStatusNotification', route(firmwareStatusNotification, 'no-answer')],
  ['Heartbeat', route(heartbeat, 'drop-and-answer')],
  ['LogStatusNotification', route(logStatusNotification, 'no-answer')],
  ['MeterValues', route(meterValues, 'no-answer')],
  ['SecurityEventNotification', route(securityEventNotification, 'no-answer')],
  ['SignedFirmwareStatusNotification', route(firmwareStatusNotification, 'no-answer')],
  ['SignCertificate', route(signCertificate, 'drop-and-answer')],
  ['StartTransaction', route(startTransaction, 'no-answer')],
  ['StatusNotification', route(statusNotification, 'keep')],
  ['StopTransaction', route(stopTransaction, 'no-answer')],
]);
