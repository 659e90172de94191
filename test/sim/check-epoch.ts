/** I6: a command of an older epoch is not written to any station once a newer one was. */
import type { CallTarget, WrittenCall } from './sim-gateway.js';

export interface EpochCheck {
  /** The same target, whose writes are looked at. */
  watch(target: CallTarget): CallTarget;
}

export function createEpochCheck(onViolation: (detail: string) => void): EpochCheck {
  let newest = { epoch: 0, seq: 0 };
  return {
    watch: (target) => ({
      written(call: WrittenCall) {
        const { epoch, seq, stationId } = call.row;
        if (epoch < newest.epoch) {
          const after = `${newest.epoch}/${newest.seq}`;
          onViolation(`${stationId} was written ${epoch}/${seq} after ${after}`);
        } else if (epoch > newest.epoch) newest = { epoch, seq };
        target.written(call);
      },
      receive: (call) => target.receive(call),
      lost: (call) => target.lost(call),
    }),
  };
}
