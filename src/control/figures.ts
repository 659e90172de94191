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

/** Times are real monotonic milliseconds. */
export function recordFigures(): FigureRecorder {
  const waiting = new Map<string, Waiting>();
  const kept = { ackMs: [] as number[], cutMs: [] as number[], decisionMs: [] as number[] };
  const sampleCounts = { ackMs: 0, cutMs: 0, decisionMs: 0 };
  let profileCommands = 0;
  let profileRejected = 0;
  const keep = (name: keyof typeof kept, value: number): void => {
    if (kept[name].length >= SAMPLES_MAX) kept[name].shift();
    kept[name].push(value);
    sampleCounts[name] += 1;
  };
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
      keep('ackMs', nowMs - call.committedMs);
      if (call.demandedMs !== undefined) keep('cutMs', nowMs - call.demandedMs);
    },
    decided: (durationMs) => keep('decisionMs', durationMs),
    read: () => ({ profileCommands, profileRejected, ...kept, sampleCounts: { ...sampleCounts } }),
  };
}

function keyOf({ stationId, seq }: AnsweredCall): string {
  return `${stationId} ${seq}`;
}
