/** Of every issuer and type the highest sequence holds, and the first of those that claim it. */
import type { Signal } from '../../src/signals/signal.js';
import type { StepTaken } from './engine-shell.js';

export interface SignalTruth {
  problems(taken: StepTaken, nowMs: number): readonly string[];
}

export function createSignalTruth(): SignalTruth {
  return {
    problems({ before, items, result }) {
      const held = new Map<string, Signal>();
      for (const { event } of items) {
        if (event.type !== 'signal.received') continue;
        const { issuer, type, sequence } = event.signal;
        const key = `${issuer}/${type}`;
        const known = held.get(key) ?? [...before.signals].find(([id]) => id === key)?.[1];
        const isNewer = known === undefined || known.sequence < sequence;
        held.set(key, isNewer ? event.signal : known);
      }
      return [...held].flatMap(([key, signal]) => {
        const after = [...result.state.signals].find(([id]) => id === key)?.[1];
        const isSame = after?.sequence === signal.sequence && after.series === signal.series;
        return isSame ? [] : [`${key}: ${signal.sequence} was received, ${after?.sequence} holds`];
      });
    },
  };
}
