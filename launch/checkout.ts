/** Where the checkout is, and how its programs start: source starts source, built starts built. */
import { fileURLToPath } from 'node:url';

const isBuilt = import.meta.url.endsWith('.js');

/** With a slash at the end. */
export const ROOT = fileURLToPath(new URL(isBuilt ? '../../' : '../', import.meta.url));

/** What Node is given to run a source file of the checkout. */
export function programArgs(source: string): readonly string[] {
  if (isBuilt) return [`${ROOT}dist/${source.replace(/\.ts$/, '.js')}`];
  return ['--import', 'tsx', `${ROOT}${source}`];
}
