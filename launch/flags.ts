/** Values given on a command line: a wrong one is answered with the flag and what is wanted. */
import { accessSync, constants, statSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';

/** Whole numbers that generators of chance take. */
export const SEED_MAX = 2 ** 31 - 1;

export const number = (min: number, max: number) => within(min, max, 'a number');

export const whole = (min: number, max: number) =>
  within(min, max, 'a whole number', Number.isInteger);

function within(
  min: number,
  max: number,
  what: string,
  isKind: (value: number) => boolean = () => true,
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= min && value <= max) || !isKind(value)) {
      throw new InvalidArgumentError(`${what} from ${min} to ${max} is wanted.`);
    }
    return value;
  };
}

/** A file that is there and may be read. */
export function readable(path: string): string {
  let isFile = false;
  try {
    accessSync(path, constants.R_OK);
    isFile = statSync(path).isFile();
  } catch {
    // What keeps it from being read makes no difference to who typed it.
  }
  if (!isFile) throw new InvalidArgumentError(`${path} is no file that can be read.`);
  return path;
}
