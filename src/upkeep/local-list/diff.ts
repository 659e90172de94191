/** Differences of two lists. Tokens are equal whatever the case of their letters. */
import type { WireListChange } from '../../ocpp/requests/local-list.js';
import type { HeldList, ListEntry } from './local-list.js';

/** What turns `held` into `wanted`: removals first, so that a full station has room for the rest. */
export function diffList(
  held: readonly ListEntry[],
  wanted: readonly ListEntry[],
): readonly WireListChange[] {
  const heldByKey = byKey(held);
  const wantedByKey = byKey(wanted);
  const removed = [...heldByKey.values()].filter((entry) => !wantedByKey.has(keyOf(entry)));
  const changed = [...wantedByKey.values()].filter(
    (entry) => !isSame(heldByKey.get(keyOf(entry)), entry),
  );
  return [...removed.map(removalOf), ...changed.map(upsertOf)];
}

/** What a station holds after it accepted these changes. */
export function applyChanges(
  held: readonly ListEntry[],
  changes: readonly WireListChange[],
): readonly ListEntry[] {
  const entries = byKey(held);
  for (const { info, ...token } of changes) {
    const key = token.idToken.toUpperCase();
    if (info === undefined) entries.delete(key);
    else entries.set(key, { ...token, ...info });
  }
  return [...entries.values()];
}

export type ListPlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'full' | 'differential'; readonly changes: readonly WireListChange[] };

/**
 * How to bring a station from what it holds to what is wanted. A differential update builds on a
 * version that both sides know (D01.FR.18); anything else is sent in full, and so is a change of more
 * than half of the list, which would not be shorter.
 */
export function planList(input: {
  readonly held: HeldList;
  readonly stationVersion: number;
  readonly wanted: readonly ListEntry[];
}): ListPlan {
  const { held, stationVersion, wanted } = input;
  if (stationVersion === 0 && wanted.length === 0) return { kind: 'none' };
  if (stationVersion <= 0 || stationVersion !== held.version) return full(wanted);
  const changes = diffList(held.entries, wanted);
  if (changes.length === 0) return { kind: 'none' };
  return changes.length * 2 > wanted.length ? full(wanted) : { kind: 'differential', changes };
}

export function full(wanted: readonly ListEntry[]): ListPlan {
  return { kind: 'full', changes: [...byKey(wanted).values()].map(upsertOf) };
}

/** Above every version that either side knows of: versions never go back. */
export function nextVersion(held: HeldList, stationVersion: number): number {
  return Math.max(held.version, stationVersion, 0) + 1;
}

/**
 * Pieces of at most so many items and, where the station counts them, bytes; never none, because an
 * empty list is a message too. An item that is too long by itself goes alone: the station decides.
 */
export function chunks<T>(
  items: readonly T[],
  limits: { readonly itemsMax: number; readonly bytesMax?: number; bytesOf(item: T): number },
): readonly (readonly T[])[] {
  const pieces: T[][] = [[]];
  let bytes = 0;
  for (const item of items) {
    const size = limits.bytesOf(item);
    const piece = pieces.at(-1) ?? [];
    const isFull =
      piece.length >= limits.itemsMax ||
      (piece.length > 0 && bytes + size > (limits.bytesMax ?? Number.POSITIVE_INFINITY));
    if (isFull) pieces.push([item]);
    else piece.push(item);
    bytes = isFull ? size : bytes + size;
  }
  return pieces;
}

function keyOf({ idToken }: ListEntry): string {
  return idToken.toUpperCase();
}

/** The last of equal tokens counts. */
function byKey(entries: readonly ListEntry[]): Map<string, ListEntry> {
  return new Map(entries.map((entry) => [keyOf(entry), entry]));
}

function isSame(a: ListEntry | undefined, b: ListEntry): boolean {
  return (
    a?.status === b.status &&
    a.type === b.type &&
    a.expiresAtMs === b.expiresAtMs &&
    a.groupIdToken?.toUpperCase() === b.groupIdToken?.toUpperCase()
  );
}

function upsertOf({ idToken, type, ...info }: ListEntry): WireListChange {
  return { idToken, ...(type !== undefined && { type }), info };
}

function removalOf({ idToken, type }: ListEntry): WireListChange {
  return { idToken, ...(type !== undefined && { type }) };
}
