/**
 * A network that delivers some frames twice, in either direction. A copy keeps its place in the stream: it
 * comes before whatever was written after it, but an answer may be on its way back before.
 */
import type { Network } from './network.js';
import type { Dice } from './random.js';

export interface Copying {
  /** Of frames. */
  readonly fraction: number;
  /** Nothing is copied from then on. */
  readonly untilMs: number;
}

export function withCopies(
  network: Network,
  { fraction, untilMs }: Copying,
  random: Dice,
  nowMs: () => number,
): Network {
  const isCopied = (): boolean => nowMs() < untilMs && random.chance(fraction);
  return {
    open: network.open,
    down(connection, deliver, lost) {
      network.down(connection, deliver, lost);
      if (isCopied()) network.down(connection, deliver);
    },
    up(connection, deliver) {
      network.up(connection, deliver);
      if (isCopied()) network.up(connection, deliver);
    },
  };
}
