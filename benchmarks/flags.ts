/** Flags that benchmarks share. */
import { InvalidArgumentError } from 'commander';

export function listOf<T>(one: (text: string) => T): (text: string) => readonly T[] {
  return (text) => text.split(',').map((part) => one(part.trim()));
}

export function phases(text: string): 1 | 3 {
  if (text !== '1' && text !== '3') throw new InvalidArgumentError('1, 3 or 1,3 is wanted.');
  return text === '1' ? 1 : 3;
}
