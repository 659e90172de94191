import type { App } from '../../app.js';
import type { ApiContext } from '../../context.js';
import { alertChannels } from './alert-channels.js';
import { alertDeliveries } from './alert-deliveries.js';
import { alertRules } from './alert-rules.js';
import { faults } from './faults.js';
import { sessionDiagnosis } from './session-diagnosis.js';
import { stationConnections } from './station-connections.js';
import { stationMessages } from './station-messages.js';
import { stationPage } from './station-page.js';
import { stationRecords } from './station-records.js';
import { uptimeExclusions } from './uptime-exclusions.js';

/** What people who operate look at. */
export function operatorViews(app: App, api: ApiContext): void {
  stationPage(app, api);
  stationMessages(app, api);
  stationConnections(app, api);
  stationRecords(app, api);
  sessionDiagnosis(app, api);
  uptimeExclusions(app, api);
  faults(app, api);
  alertChannels(app, api);
  alertRules(app, api);
  alertDeliveries(app, api);
}
