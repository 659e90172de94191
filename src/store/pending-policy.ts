/**
 * Who is kept in the inbox of pending stations when it is full. A flood of made-up names must not
 * hide a real station, wherever it comes from:
 * - one address holds at most so many places, and when all are taken the address that holds most
 *   gives one up to one that holds fewer;
 * - from many addresses: a name that was tried once and not again gives way to a newer one.
 */

export interface PendingPlace {
  readonly identity: string;
  /** Callers that share an address. */
  readonly address: string;
  readonly attempts: number;
  readonly lastSeenAtMs: number;
}

export interface PendingLimits {
  readonly placesMax: number;
  readonly perAddressMax: number;
  /** Not tried again for so long: whoever it was has given up, ms. */
  readonly staleAfterMs: number;
}

export type Placing =
  | { readonly kind: 'taken' }
  | { readonly kind: 'instead-of'; readonly identity: string }
  | { readonly kind: 'no-place' };

/** Where a newcomer of this address goes. Precondition: its identity holds no place. */
export function placeFor(
  places: readonly PendingPlace[],
  newcomer: { readonly address: string; readonly atMs: number },
  limits: PendingLimits,
): Placing {
  const holding = new Map<string, number>();
  for (const { address } of places) holding.set(address, (holding.get(address) ?? 0) + 1);
  const own = holding.get(newcomer.address) ?? 0;
  if (own >= limits.perAddressMax)
    return instead(weakest(ofAddress(places, newcomer.address), newcomer.atMs, limits));
  if (places.length < limits.placesMax) return { kind: 'taken' };
  const [greedy, most] = [...holding].reduce((a, b) => (b[1] > a[1] ? b : a), ['', 0]);
  if (most > own + 1) return instead(lightest(ofAddress(places, greedy)));
  return instead(weakest(places, newcomer.atMs, limits));
}

const ofAddress = (places: readonly PendingPlace[], address: string): readonly PendingPlace[] =>
  places.filter((it) => it.address === address);

/** Fewest attempts, then the one silent for longest, then by name. */
function lightest(places: readonly PendingPlace[]): PendingPlace | undefined {
  return places.toSorted(
    (a, b) =>
      a.attempts - b.attempts ||
      a.lastSeenAtMs - b.lastSeenAtMs ||
      (a.identity < b.identity ? -1 : 1),
  )[0];
}

/** The lightest of those that have given up. */
function weakest(
  places: readonly PendingPlace[],
  atMs: number,
  { staleAfterMs }: PendingLimits,
): PendingPlace | undefined {
  return lightest(places.filter((it) => it.lastSeenAtMs <= atMs - staleAfterMs));
}

const instead = (place: PendingPlace | undefined): Placing =>
  place === undefined ? { kind: 'no-place' } : { kind: 'instead-of', identity: place.identity };
