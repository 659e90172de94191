/** What happened, as one hash (I11) and, on demand, as lines. */

export interface Trace {
  /** `detail` is only called when lines are wanted. */
  note(atMs: number, what: string, value: number, detail?: () => string): void;
  hash(): string;
}

export function createTrace(write?: (line: string) => void): Trace {
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  const mix = (value: number): void => {
    a = Math.imul(a ^ value, 0x01000193);
    b = Math.imul(b ^ (value + (a >>> 15)), 0x85ebca6b);
  };
  let startMs: number | undefined;
  return {
    note(atMs, what, value, detail) {
      startMs ??= atMs;
      mix((atMs - startMs) | 0);
      for (let index = 0; index < what.length; index += 1) mix(what.charCodeAt(index));
      mix(Math.round(value * 1000) | 0);
      if (write === undefined) return;
      const seconds = ((atMs - startMs) / 1000).toFixed(3).padStart(9);
      write(`${seconds} ${what} ${value}${detail === undefined ? '' : ` ${detail()}`}`);
    },
    hash: () => (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0'),
  };
}
