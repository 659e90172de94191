/** Ctrl-C: the first asks for the summary and the end, the second for the end alone. */

/** The run was ended before it had a result. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
  }
}

/** A terminal, npm and tsx may each pass the same Ctrl-C on. */
const SAME_MS = 700;

/** 128 + SIGINT, as shells report it. */
export const INTERRUPTED_EXIT_CODE = 130;

export interface Interrupt {
  /** Resolves at the first Ctrl-C (or SIGTERM). */
  readonly first: Promise<undefined>;
  /** Rejects with `Interrupted` at the second. */
  readonly second: Promise<never>;
  /** Throws `Interrupted` if the first has come already. */
  check(): void;
}

/** Takes the signals of this process over, from now on. */
export function onInterrupt(say: (line: string) => void): Interrupt {
  let firstAtMs: number | undefined;
  let wake: (none: undefined) => void = () => undefined;
  let abandon: (error: Interrupted) => void = () => undefined;
  const first = new Promise<undefined>((resolve) => {
    wake = resolve;
  });
  const second = new Promise<never>((_, reject) => {
    abandon = reject;
  });
  second.catch(() => undefined);
  const interrupt = (): void => {
    const nowMs = performance.now();
    if (firstAtMs === undefined) {
      firstAtMs = nowMs;
      say('ending ... (Ctrl-C again to leave without a summary)');
      wake(undefined);
    } else if (nowMs - firstAtMs > SAME_MS) abandon(new Interrupted());
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return {
    first,
    second,
    check() {
      if (firstAtMs !== undefined) throw new Interrupted();
    },
  };
}
