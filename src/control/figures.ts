/** Real-time figures of the engine: how quickly it decides and how quickly stations acknowledge. */
import type { CommandOutcome } from '../ocpp/messages.js';
import type { PendingCommand } from './state.js';

/** Enough for a day of a large site; older samples make room. */
const SAMPLES_MAX = 50_000;

interface Waiting {
  readonly committedMs: number;
  /** When the event that demanded the cut was taken in; absent: not a cut. */
  readonly demandedMs?: number;
}

export interface Figures {
  readonly profileCommands: number;
  readonly profileRejected: number;
  readonly ackMs: readonly number[];
  readonly cutMs: readonly number[];
  readonly decisionMs: readonly number[];
  /** How many there have been of each, those that made room included. */
  readonly sampleCounts: Readonly<Record<'ackMs' | 'cutMs' | 'decisionMs', number>>;
}

/** Sequences count per site, and a station belongs to one. */
type AnsweredCall = Pick<PendingCommand, 'stationId' | 'seq'>;

export interface FigureRecorder {
  committed(command: PendingCommand, committedMs: number, demandedMs: number): void;
  answered(call: AnsweredCall, outcome: CommandOutcome, nowMs: number): void;
  decided(durationMs: number): void;
  read(): Figures;
}

/** Sees every sample, of which `Figures` keeps the latest. Real ms. */
export type OnDuration = (name: 'ack' | 'cut' | 'decision', durationMs: number) => void;

/** Times are real monotonic milliseconds. */
export function recordFigures(onDuration?: OnDuration): FigureRecorder {
  const waiting = new Map<string, Waiting>();
  const samples = { ack: [] as number[], cut: [] as number[], decision: [] as number[] };
  const counts = { ack: 0, cut: 0, decision: 0 };
  let profileCommands = 0;
  let profileRejected = 0;

  function keep(name: keyof typeof samples, durationMs: number): void {
    onDuration?.(name, durationMs);
    const kept = samples[name];
    if (kept.length >= SAMPLES_MAX) kept.shift();
    kept.push(durationMs);
    counts[name] += 1;
  }

  return {
    committed(command, committedMs, demandedMs) {
      if (command.command.kind !== 'set-charging-profile') return;
      const cut = command.priority === 'cut';
      waiting.set(keyOf(command), { committedMs, ...(cut ? { demandedMs } : {}) });
    },
    answered(answered, outcome, nowMs) {
      const key = keyOf(answered);
      const call = waiting.get(key);
      if (call === undefined) return;
      waiting.delete(key);
      if (outcome.status === 'not-sent') return;
      profileCommands += 1;
      if (outcome.status === 'rejected') profileRejected += 1;
      if (outcome.status !== 'accepted') return;
      keep('ack', nowMs - call.committedMs);
      if (call.demandedMs !== undefined) keep('cut', nowMs - call.demandedMs);
    },
    decided: (durationMs) => keep('decision', durationMs),
    read: () => ({
      profileCommands,
      profileRejected,
      ackMs: samples.ack,
      cutMs: samples.cut,
      decisionMs: samples.decision,
      sampleCounts: { ackMs: counts.ack, cutMs: counts.cut, decisionMs: counts.decision },
    }),
  };
}

function keyOf({ stationId, seq }: AnsweredCall): string {
  return `${stationId} ${seq}`;
}
