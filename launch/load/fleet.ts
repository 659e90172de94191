/** Virtual stations of several sites in a process of their own: makes load and measures answers. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { VirtualSite } from '../../simulator/virtual-site.js';
import type { FleetReady, FleetReport, FleetStart } from './fleet-messages.js';

const REPORT_EVERY_MS = 1000;

const sites: VirtualSite[] = [];
const lag = monitorEventLoopDelay({ resolution: 10 });
let answeredMs: number[] = [];

function send(message: FleetReport | FleetReady): void {
  if (process.connected) process.send?.(message);
}

function report(): void {
  const now = sites.map((site) => site.progress());
  const sum = (of: (one: (typeof now)[number]) => number): number =>
    now.reduce((total, one) => total + of(one), 0);
  send({
    type: 'report',
    booted: sum((it) => it.stationsBooted),
    charging: sum((it) => it.sessionsCharging),
    overLimitAmpSeconds: sum((it) => it.overLimitAmpSeconds),
    profilesAccepted: sites.reduce((total, site) => total + site.profilesAccepted(), 0),
    answeredMs,
    ownLagMs: lag.percentile(99) / 1e6,
  });
  answeredMs = [];
  lag.reset();
}

process.on('message', (message) => {
  const { start } = message as FleetStart;
  const site = new VirtualSite(start, (_action, realMs) => answeredMs.push(realMs));
  sites.push(site);
  site.start();
});
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => process.exit());
lag.enable();
setInterval(report, REPORT_EVERY_MS);
send({ type: 'ready' });
