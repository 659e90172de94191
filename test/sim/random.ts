/** Dice of one seed: every part of the world has a stream of its own, so that parts do not shift. */
import { randomFor } from '../../simulator/random.js';

export interface Dice {
  /** In [0, 1). */
  next(): number;
  /** A whole number of [min, max]. */
  int(min: number, max: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly [T, ...T[]]): T;
}

export function dice(seed: number, name: string): Dice {
  const next = randomFor(seed, name);
  return {
    next,
    int: (min, max) => min + Math.floor(next() * (max - min + 1)),
    chance: (probability) => next() < probability,
    pick: (items) => items[Math.floor(next() * items.length)] ?? items[0],
  };
}
