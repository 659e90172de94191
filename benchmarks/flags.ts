/** Flags that benchmarks share. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { InvalidArgumentError } from 'commander';
import { DateTime, IANAZone } from 'luxon';
import type { BatterySpec } from './replay/surroundings.js';

export function listOf<T>(one: (text: string) => T): (text: string) => readonly T[] {
  return (text) => text.split(',').map((part) => one(part.trim()));
}

export function phases(text: string): 1 | 3 {
  if (text !== '1' && text !== '3') throw new InvalidArgumentError('1, 3 or 1,3 is wanted.');
  return text === '1' ? 1 : 3;
}

/** `<kWh>:<kW>` of a stationary battery. */
export function battery(text: string): BatterySpec {
  const [capacityKwh, powerKw, ...rest] = text.split(':').map(Number);
  const isSize = (value: number | undefined): value is number => (value ?? 0) > 0;
  if (!isSize(capacityKwh) || !isSize(powerKw) || rest.length > 0) {
    throw new InvalidArgumentError('<kWh>:<kW> is wanted, both above 0, as 200:100.');
  }
  return { capacityWh: 1000 * capacityKwh, powerMaxW: 1000 * powerKw };
}

/** A file that can be written when the run is over, which may be in hours. */
export function writable(path: string): string {
  const isThere = existsSync(path);
  try {
    if (isThere && !statSync(path).isFile()) throw new Error('it is no file');
    accessSync(isThere ? path : dirname(path), constants.W_OK);
  } catch {
    throw new InvalidArgumentError(`${path} cannot be written.`);
  }
  return path;
}

export function zone(text: string): string {
  if (!IANAZone.isValidZone(text)) {
    throw new InvalidArgumentError('a zone is wanted, as Europe/Berlin.');
  }
  return text;
}

/** A local date or time, which is an instant once the zone is known. */
export function date(text: string): string {
  if (!DateTime.fromISO(text.trim().replace(' ', 'T')).isValid) {
    throw new InvalidArgumentError('a date is wanted, as 2019-03-01.');
  }
  return text;
}

/** Minutes of an interval of a bill: prices change on the hour, and none may lie within it. */
export function partOfAnHour(text: string): number {
  const parts = Array.from({ length: 60 }, (_, at) => at + 1).filter((it) => 60 % it === 0);
  const found = parts.find((it) => it === Number(text) && text.trim() !== '');
  if (found === undefined) throw new InvalidArgumentError(`one of ${parts.join(', ')} is wanted.`);
  return found;
}

/** What is wrong with a list that has to have a value for each size; undefined: nothing. */
export function lengthRefusal(
  flag: string,
  values: readonly number[] | undefined,
  sizeCount: number,
): string | undefined {
  if (values === undefined || values.length === sizeCount) return undefined;
  return `error: ${flag} has ${values.length} values, ${sizeCount} are wanted: one for each size`;
}
