/** Of package.json: above the sources, or above the compiled ones. */
import { existsSync, readFileSync } from 'node:fs';

export function ownVersion(): string {
  const places = ['../../package.json', '../../../package.json'];
  const found = places.map((it) => new URL(it, import.meta.url)).find((it) => existsSync(it));
  if (found === undefined) return 'unknown';
  return (JSON.parse(readFileSync(found, 'utf8')) as { readonly version: string }).version;
}
