/** What a section's command printed, kept as a file so that one section can be run by itself. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../replay/row.js';

export interface Result {
  readonly id: string;
  /** As it can be typed, with `<data>` for the folder of the data. */
  readonly command: string;
  readonly ranAt: string;
  /** Table and machine, as the command prints them. */
  readonly markdown: string;
  /** Of a replay. */
  readonly rows?: readonly Row[];
  /** What the command wrote besides, when it did not end well. */
  readonly failure?: string;
}

const pathOf = (folder: string, id: string): string => join(folder, 'results', `${id}.json`);

/** Undefined: it was never run. */
export function readResult(folder: string, id: string): Result | undefined {
  const path = pathOf(folder, id);
  if (!existsSync(path)) return undefined;
  return JSON.parse(readFileSync(path, 'utf8')) as Result;
}

export function writeResult(folder: string, result: Result): void {
  mkdirSync(join(folder, 'results'), { recursive: true });
  writeFileSync(pathOf(folder, result.id), `${JSON.stringify(result, null, 2)}\n`);
}
