/** A line of the JSON log for people: time, level, message, then fields; still one line. */
export function lineInWords(line: string): string {
  const { time, level, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${inWords(value)}`);
  const clock = String(time).slice(11, 23);
  return `${[clock, String(level).padEnd(5), inWords(msg), ...shown].join(' ')}\n`;
}

/** Plain where that is one word or sentence without control characters, JSON otherwise. */
function inWords(value: unknown): string {
  const isPlain = typeof value === 'string' && /^[^\p{Cc}\u2028\u2029"]+$/u.test(value);
  return isPlain ? value : (JSON.stringify(value) ?? '');
}
