/** Real data beside the checkout: read where it is, never copied; said plainly where it is absent. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

const SHARED = resolve(process.env['BUSBAR_SHARED'] ?? '../shared');

/** The path of a file or folder of the shared material; undefined, with one line, when absent. */
export function sharedPath(...parts: readonly string[]): string | undefined {
  const path = join(SHARED, ...parts);
  if (existsSync(path)) return path;
  console.warn(`real data absent (${parts.join('/')}): the project's own cases run instead`);
  return undefined;
}
