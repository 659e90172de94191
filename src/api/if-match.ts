/** Edits only by who has seen the present state: 428 without If-Match, 412 with an older one. */
import { createHash } from 'node:crypto';
import { Type } from 'typebox';
import { Problem } from './problem.js';

export const IfMatchHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({ maxLength: 1000, description: 'The ETag of the resource as you read it.' }),
  ),
});

export function requireMatch(ifMatch: string | undefined, etag: string): void {
  if (ifMatch === undefined) throw new Problem('precondition-required');
  const named = ifMatch.split(',').map((tag) => tag.trim());
  if (named.includes(etag) || named.includes('*')) return;
  throw new Problem('precondition-failed', {
    detail: `it is at ${etag} now, If-Match says ${ifMatch.slice(0, 100)}`,
  });
}

export function versionTag(version: number): string {
  return `"${version}"`;
}

/** Of a part that has no version of its own: it changes with its content. */
export function contentTag(value: unknown): string {
  const digest = createHash('sha256').update(JSON.stringify(value)).digest('base64url');
  return `"${digest.slice(0, 22)}"`;
}
