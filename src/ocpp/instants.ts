const RFC3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s*(Z|z|[+-]\d{2}:?\d{2})?$/;

/**
 * Epoch ms of a timestamp; undefined when it is none. Accepts offsets, a missing `Z` (read as UTC),
 * a space instead of `T`.
 */
export function parseInstant(text: string | undefined): number | undefined {
  const match = RFC3339.exec(text?.trim() ?? '');
  if (match === null) return undefined;
  const [, date, time, zone = 'Z'] = match;
  const offset = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone.toUpperCase();
  const atMs = Date.parse(`${date}T${time}${offset}`);
  return Number.isFinite(atMs) ? atMs : undefined;
}

/** RFC 3339 in UTC with milliseconds, as OCPP wants to read it. */
export function formatInstant(atMs: number): string {
  return new Date(atMs).toISOString();
}
