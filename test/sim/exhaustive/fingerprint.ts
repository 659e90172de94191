/**
 * What a situation is, but for when it is and how things are numbered: 128 bits over a canonical text.
 * Instants count from now, sequences and generations by their order, so that a site that only renews its
 * leases comes back to where it was. Left out is only what no rule of this model reads; that nothing
 * else is, `audit.ts` looks at: it compares what follows from situations that were taken for one.
 */
import { createHash } from 'node:crypto';
import type { World } from './world.js';

/** Epoch milliseconds; nothing else in a state is as large. */
const INSTANT_MIN = 1e12;

/**
 * Never read by `step` in this model: what people are shown; what counts minutes on and off, holds and
 * the write budgets (all 0 or without end here, see model.ts); the energy of a session that asks for none.
 * The site does not change; the next sequence is above all, and the next inbox row names a session.
 */
const UNREAD: ReadonlySet<string> = new Set([
  'changesAtMs',
  'closeReason',
  'connectedAtMs',
  'contactWrites',
  'cutAtMs',
  'decision',
  'disconnectedAtMs',
  'inboxSeq',
  'lastMessageAtMs',
  'marks',
  'meter',
  'meterLastAtMs',
  'nextSeq',
  'sinceMs',
  'site',
]);

/** Only their order counts: each is compared with others of its kind (the value), the next is above all. */
const ORDERED: ReadonlyMap<string, string> = new Map([
  ['seq', 'seq'],
  ['followedSeq', 'seq'],
  ['clearedSeq', 'seq'],
  ['generation', 'generation'],
]);

/**
 * Instants by the clocks of stations, compared with each other only. Those of the future are not
 * before now less the skew, so that of what is older than this the order says all.
 */
const COMPARED: ReadonlySet<string> = new Set([
  'atMs',
  'bootedAtMs',
  'endedAtMs',
  'overSinceMs',
  'pluggedInAtMs',
  'startedAtMs',
]);
const COMPARED_OLD_MS = 60_000;

/** What waits for an age has no more to wait for when it is reached: all that is older is the same. */
const REACHED_AFTER_MS: ReadonlyMap<string, number> = new Map([
  // The longest wait from here on is for a report, 30 s; a stage that is over waits for nothing.
  ['stageSinceMs', 30_000],
  ['notBeforeMs', 0],
  ['postAtMs', 0],
  ['connectAtMs', 0],
  ['goalsAtMs', 300_000],
  ['sweptAtMs', 600_000],
]);

/** A number whose text depends on when it is, or on which others there are. */
interface Open {
  readonly key: string;
  readonly value: number;
}

type Part = string | Open;

/** Parts of rows, which never change; nearly all of a situation is that of the one before. */
const known = new WeakMap<object, readonly Part[]>();

export function fingerprint(world: World): string {
  return createHash('md5').update(canonical(world)).digest('base64');
}

export function canonical(world: World): string {
  const { nowMs, ...rest } = world;
  const parts: Part[] = [];
  write('', rest, parts);
  return withNamedSessions(closed(parts, nowMs), rest.engine.state.site.id);
}

/** What is ordered gets its place among those of its kind, what is an instant its distance from now. */
function closed(parts: readonly Part[], nowMs: number): string {
  const places = new Map<string, Map<number, number>>();
  for (const part of parts) {
    const kind = typeof part === 'string' ? undefined : orderOf(part, nowMs);
    if (kind === undefined || typeof part === 'string') continue;
    const all = places.get(kind) ?? new Map<number, number>();
    places.set(kind, all.set(part.value, 0));
  }
  for (const all of places.values()) {
    [...all.keys()].sort((a, b) => a - b).forEach((value, place) => all.set(value, place));
  }
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') text += part;
    else {
      const kind = orderOf(part, nowMs);
      text +=
        kind === undefined ? instantText(part, nowMs) : `#${places.get(kind)?.get(part.value)},`;
    }
  }
  return text;
}

function orderOf({ key, value }: Open, nowMs: number): string | undefined {
  const kind = ORDERED.get(key);
  if (kind !== undefined) return kind;
  return COMPARED.has(key) && value < nowMs - COMPARED_OLD_MS ? 'old' : undefined;
}

function instantText({ key, value }: Open, nowMs: number): string {
  const reachedMs = REACHED_AFTER_MS.get(key);
  if (reachedMs !== undefined && value <= nowMs - reachedMs) return 'reached,';
  return `@${value - nowMs},`;
}

/** Sessions are named after inbox rows; only which is which counts. */
function withNamedSessions(text: string, siteId: string): string {
  const names = new Map<string, number>();
  return text.replaceAll(new RegExp(`${siteId}-\\d+`, 'g'), (name) => {
    const place = names.get(name) ?? names.size;
    names.set(name, place);
    return `session ${place}`;
  });
}

function write(key: string, value: unknown, parts: Part[]): void {
  if (typeof value === 'number') {
    const isOpen = ORDERED.has(key) || REACHED_AFTER_MS.has(key) || value >= INSTANT_MIN;
    parts.push(isOpen ? { key, value } : `${value},`);
  } else if (typeof value !== 'object' || value === null) {
    parts.push(typeof value === 'string' ? `"${value}",` : `${String(value)},`);
  } else writeObject(value, parts);
}

function writeObject(value: object, parts: Part[]): void {
  if (Array.isArray(value)) {
    parts.push('[');
    for (const item of value) write('', item, parts);
    parts.push(']');
  } else if (value instanceof Map) {
    parts.push('<');
    for (const [key, item] of value) {
      // What has a sequence is kept under it: the key says nothing more.
      if ((item as { readonly seq?: unknown }).seq !== key) parts.push(`${String(key)}=`);
      for (const part of partsOfRow(item as object)) parts.push(part);
    }
    parts.push('>');
  } else {
    parts.push('{');
    // In order: how an object was put together is no part of what it is.
    for (const key of Object.keys(value).sort()) {
      const item = (value as Readonly<Record<string, unknown>>)[key];
      if (item === undefined || UNREAD.has(key)) continue;
      parts.push(`${key}:`);
      write(key, item, parts);
    }
    parts.push('}');
  }
}

/** A row of a map stays what it is until the engine writes it anew. */
function partsOfRow(row: object): readonly Part[] {
  const before = known.get(row);
  if (before !== undefined) return before;
  const parts: Part[] = [];
  writeObject(row, parts);
  const own = merged(parts);
  known.set(row, own);
  return own;
}

/** Neighbouring texts as one. */
function merged(parts: readonly Part[]): readonly Part[] {
  const found: Part[] = [];
  for (const part of parts) {
    const last = found.at(-1);
    if (typeof part === 'string' && typeof last === 'string') found[found.length - 1] = last + part;
    else found.push(part);
  }
  return found;
}
