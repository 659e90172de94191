/** I6: a call carries the epoch of its site, and none of an old epoch is written after a newer one. */
import type { StepTaken } from './engine-shell.js';
import type { WrittenCall } from './sim-gateway.js';

export interface Epochs {
  /** What is wrong with the commands of a step. */
  stepped(taken: StepTaken): readonly string[];
  /** What is wrong with this call being written now. */
  written(call: WrittenCall): string | undefined;
}

export function createEpochs(): Epochs {
  let newest = 0;
  let ofSite = 0;
  return {
    stepped({ result: { state, effects } }) {
      const problems: string[] = [];
      if (state.epoch < ofSite) problems.push(`epoch ${state.epoch} after ${ofSite}`);
      ofSite = Math.max(ofSite, state.epoch);
      for (const effect of effects) {
        if (effect.type !== 'command' || effect.command.epoch === state.epoch) continue;
        const { seq, epoch } = effect.command;
        problems.push(`command ${seq} carries epoch ${epoch}, its site has ${state.epoch}`);
      }
      return problems;
    },
    written({ row: { seq, stationId, epoch } }) {
      if (epoch < newest) return `call ${seq} of epoch ${epoch} to ${stationId} after ${newest}`;
      newest = epoch;
      return undefined;
    },
  };
}
