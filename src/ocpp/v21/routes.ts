import { type Route, type Routes, route } from '../handler.js';
import { routes201 } from '../v201/routes.js';
import { batterySwap } from './battery-swap.js';
import { closePeriodicEventStream } from './close-periodic-event-stream.js';
import { getCertificateChainStatus } from './get-certificate-chain-status.js';
import { notifyDerAlarm } from './notify-der-alarm.js';
import { notifyDerStartStop } from './notify-der-start-stop.js';
import { notifyPeriodicEventStream } from './notify-periodic-event-stream.js';
import { notifyPriorityCharging } from './notify-priority-charging.js';
import { notifySettlement } from './notify-settlement.js';
import { openPeriodicEventStream } from './open-periodic-event-stream.js';
import { pullDynamicScheduleUpdate } from './pull-dynamic-schedule-update.js';
import { reportDerControl } from './report-der-control.js';
import { vatNumberValidation } from './vat-number-validation.js';

/** OCPP 2.1 adds messages; those of 2.0.1 mean the same. */
export const routes21: Routes = new Map<string, Route>([
  ...routes201,
  ['BatterySwap', route(batterySwap, 'no-answer')],
  ['ClosePeriodicEventStream', route(closePeriodicEventStream, 'drop-and-answer')],
  ['GetCertificateChainStatus', route(getCertificateChainStatus, 'drop-and-answer')],
  ['NotifyDERAlarm', route(notifyDerAlarm, 'no-answer')],
  ['NotifyDERStartStop', route(notifyDerStartStop, 'no-answer')],
  ['NotifyPriorityCharging', route(notifyPriorityCharging, 'no-answer')],
  ['NotifySettlement', route(notifySettlement, 'no-answer')],
  ['OpenPeriodicEventStream', route(openPeriodicEventStream, 'drop-and-answer')],
  ['PullDynamicScheduleUpdate', route(pullDynamicScheduleUpdate, 'drop-and-answer')],
  ['ReportDERControl', route(reportDerControl, 'no-answer')],
  ['VatNumberValidation', route(vatNumberValidation, 'drop-and-answer')],
]);

/** What comes as SEND: it is taken and nobody hears of it. */
export const sends21: Routes = new Map<string, Route>([
  ['NotifyPeriodicEventStream', route(notifyPeriodicEventStream, 'drop-and-answer')],
]);
