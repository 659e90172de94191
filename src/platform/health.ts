/** Where this process is in its life, and whether its event loop turns. */
import { performance } from 'node:perf_hooks';

export type Phase = 'starting' | 'ready' | 'draining';

export interface Health {
  phase(): Phase;
  ready(): void;
  /** Still answers, and wants no new work. */
  drain(): void;
  /** How late the latest timer was, ms. */
  loopLagMs(): number;
  /** Every timer of the last ten seconds was late by more than a second: a restart would help. */
  isStuck(): boolean;
  stop(): void;
}

const LOOK_EVERY_MS = 500;
const LOOKS = 20;
const STUCK_MS = 1_000;

export function createHealth(): Health {
  let phase: Phase = 'starting';
  let lastMs = performance.now();
  const lagsMs: number[] = [];
  const timer = setInterval(() => {
    const nowMs = performance.now();
    lagsMs.push(Math.max(0, nowMs - lastMs - LOOK_EVERY_MS));
    if (lagsMs.length > LOOKS) lagsMs.shift();
    lastMs = nowMs;
  }, LOOK_EVERY_MS);
  timer.unref();
  return {
    phase: () => phase,
    ready: () => {
      if (phase === 'starting') phase = 'ready';
    },
    drain: () => {
      phase = 'draining';
    },
    loopLagMs: () => lagsMs.at(-1) ?? 0,
    isStuck: () => lagsMs.length === LOOKS && lagsMs.every((lagMs) => lagMs > STUCK_MS),
    stop: () => clearInterval(timer),
  };
}
