/** How far a command is, on stderr: a bar on a terminal, now and then a line anywhere else. */

export interface Progress {
  /** So much is done now; `what` was done last. */
  readonly at: (done: number, what: string) => void;
}

/** What is written to; a terminal says so. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly write: (text: string) => unknown;
}

const BAR_CHARS = 24;
const TERMINAL_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;
const CLEAR_LINE = '\r\u001B[K';

/** The last step is always told; those before it no more often than one can read. */
export function createProgress(
  total: number,
  stream: ProgressStream = process.stderr,
  nowMs: () => number = () => performance.now(),
): Progress {
  const startMs = nowMs();
  const isTerminal = stream.isTTY === true;
  const everyMs = isTerminal ? TERMINAL_EVERY_MS : LINE_EVERY_MS;
  let toldMs = isTerminal ? -Infinity : startMs;
  return {
    at: (done, what) => {
      const atMs = nowMs();
      const isLast = done >= total;
      if (!isLast && atMs - toldMs < everyMs) return;
      toldMs = atMs;
      const text = `${done} / ${total}, ${clock(atMs - startMs)}, ${what}`;
      if (!isTerminal) {
        stream.write(`${text}\n`);
        return;
      }
      const full = Math.round((BAR_CHARS * Math.min(done, total)) / total);
      const bar = `[${'#'.repeat(full)}${'-'.repeat(BAR_CHARS - full)}]`;
      stream.write(`${CLEAR_LINE}${bar} ${text}${isLast ? '\n' : ''}`);
    },
  };
}

/** Minutes and seconds. */
function clock(ms: number): string {
  const sec = Math.floor(ms / 1000);
  return `${Math.floor(sec / 60)}:${String(sec % 60).padStart(2, '0')}`;
}
