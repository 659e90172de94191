/**
 * Those in this process who wait for the end of a command. Nothing depends on them: the row of the
 * outbox knows the same, and a caller who is gone changes nothing.
 */
import type { CommandReport } from '../api/ports.js';

export interface CommandDesk {
  /** Promises that never reject: once its row is committed, and once it has ended. */
  wait(commandId: string): Waiting;
  stored(commandId: string): void;
  ended(commandId: string, report: CommandReport): void;
  /** Everybody who still waits is told that nobody knows. */
  close(): void;
}

export interface Waiting {
  readonly stored: Promise<void>;
  readonly report: Promise<CommandReport>;
}

interface Waiter {
  readonly store: () => void;
  readonly end: (report: CommandReport) => void;
}

export function createCommandDesk(): CommandDesk {
  const waiters = new Map<string, Waiter>();

  function end(commandId: string, report: CommandReport): void {
    const waiter = waiters.get(commandId);
    waiters.delete(commandId);
    waiter?.store();
    waiter?.end(report);
  }

  return {
    wait(commandId) {
      let store: () => void = () => undefined;
      let tell: (report: CommandReport) => void = () => undefined;
      const stored = new Promise<void>((resolve) => {
        store = resolve;
      });
      const report = new Promise<CommandReport>((resolve) => {
        tell = resolve;
      });
      waiters.set(commandId, { store, end: tell });
      return { stored, report };
    },
    stored: (commandId) => waiters.get(commandId)?.store(),
    ended: end,
    close() {
      for (const commandId of waiters.keys()) end(commandId, { status: 'closed' });
    },
  };
}
