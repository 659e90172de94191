/** Virtual stations of several sites in a process of their own: makes load and measures answers. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { CallWatch } from '../../simulator/station/link.js';
import { VirtualSite } from '../../simulator/virtual-site.js';
import type { EndedCall, FleetReady, FleetReport, FleetStart } from './fleet-messages.js';

const REPORT_EVERY_MS = 1000;
/** The histogram counts from timer to timer: its own interval is in each value. */
const LAG_RESOLUTION_MS = 10;

const sites: VirtualSite[] = [];
const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
let calls: EndedCall[] = [];
let callsWaiting = 0;

const watchCall: CallWatch = (action) => {
  const calledMs = performance.now();
  callsWaiting += 1;
  return (end) => {
    callsWaiting -= 1;
    calls.push({ action, end, tookMs: performance.now() - calledMs });
  };
};

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
    calls,
    callsWaiting,
    ownLagMs: Math.max(0, lag.percentile(99) / 1e6 - LAG_RESOLUTION_MS),
  });
  calls = [];
  lag.reset();
}

process.on('message', (message) => {
  const { start } = message as FleetStart;
  const site = new VirtualSite(start, watchCall);
  sites.push(site);
  site.start();
});
process.on('disconnect', () => process.exit());
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => process.exit());
lag.enable();
setInterval(report, REPORT_EVERY_MS);
send({ type: 'ready' });
