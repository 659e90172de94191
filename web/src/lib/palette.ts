/**
 * A fixed colour for each EVSE: Okabe and Ito's palette, told apart with any colour vision. After
 * seven, the colours come again with a hatch, then with dots.
 */
const COLOURS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#56b4e9',
  '#d55e00',
  '#cc79a7',
  '#f0e442',
] as const;

const PATTERNS = ['solid', 'hatch', 'dots'] as const;

export interface Ink {
  readonly colour: string;
  readonly pattern: (typeof PATTERNS)[number];
}

/** `index` is the EVSE's place in the list of the site, ordered by id. */
function inkOf(index: number): Ink {
  const colour = COLOURS[index % COLOURS.length] ?? COLOURS[0];
  const pattern = PATTERNS[Math.floor(index / COLOURS.length) % PATTERNS.length] ?? 'solid';
  return { colour, pattern };
}

export function inksOf(evseIds: readonly string[]): ReadonlyMap<string, Ink> {
  const ordered = [...evseIds].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return new Map(ordered.map((id, index) => [id, inkOf(index)]));
}
