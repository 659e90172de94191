/** The virtual site as a process of its own: told what to do over IPC, ends with its launcher. */
import type { LauncherMessage, SimulatorMessage } from './ipc.js';
import { VirtualSite } from './virtual-site.js';

const PROGRESS_INTERVAL_MS = 1000;

let site: VirtualSite | undefined;
let progressTimer: NodeJS.Timeout | undefined;
let untilTimer: NodeJS.Timeout | undefined;
let isFinishing = false;
let isLeaving = false;

function send(message: SimulatorMessage): void {
  if (process.connected) process.send?.(message);
}

function handle(message: LauncherMessage): void {
  switch (message.type) {
    case 'start':
      start(new VirtualSite(message));
      return;
    case 'limit':
      site?.limit(message);
      return;
    case 'begin-faults':
      site?.beginFaults();
      return;
    case 'stop':
      void finish();
      return;
  }
}

function start(started: VirtualSite): void {
  if (site !== undefined) throw new Error('the simulation has started already');
  site = started;
  started.start();
  send({ type: 'ready', ignoredSessions: started.fitted.ignored });
  progressTimer = setInterval(() => send(started.progress()), PROGRESS_INTERVAL_MS);
  const { untilSiteMs, clock } = started.options;
  if (untilSiteMs === undefined) return;
  const realMs = (untilSiteMs - started.nowMs()) / clock.speed;
  untilTimer = setTimeout(() => void finish(), Math.max(0, Math.ceil(realMs)));
}

async function finish(): Promise<void> {
  if (isFinishing) return;
  isFinishing = true;
  clearInterval(progressTimer);
  clearTimeout(untilTimer);
  try {
    if (site === undefined) send({ type: 'failed', message: 'stopped before it started' });
    else send({ type: 'result', result: await site.finish() });
  } catch (error) {
    send({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
    process.exitCode = 1;
  }
  leave();
}

/** Whatever still waits (retries, requests) has no one to report to. */
function leave(): void {
  isLeaving = true;
  if (process.connected) process.disconnect();
  setTimeout(() => process.exit(), 100);
}

process.on('message', (message) => handle(message as LauncherMessage));
process.on('disconnect', () => {
  if (!isLeaving) process.exit(1);
});
process.on('SIGINT', () => undefined);
if (process.send === undefined) {
  console.error('The simulator is started by a launcher: it takes its orders over IPC.');
  process.exitCode = 2;
}
