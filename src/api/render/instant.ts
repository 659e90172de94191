/** Epoch ms as RFC 3339 in UTC. */
export function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}

export function instantOrNone(atMs: number | undefined): string | undefined {
  return atMs === undefined ? undefined : instant(atMs);
}
