/** From the first thing that is opened to the last that is closed, whenever the end is asked for. */
import type { Log } from './ports.js';

export interface Lifetime {
  /**
   * Opens one thing and remembers how it is closed. Once the end is asked for nothing more is
   * opened: the promise stays pending, and the process ends when the rest is closed.
   */
  open<T>(start: () => Promise<T>, close: (opened: T) => Promise<unknown>): Promise<T>;
  /** Closes everything in reverse, then ends the process. The first reason counts. */
  end(reason: string, exitCode: number): void;
}

export function createLifetime(log: Log): Lifetime {
  const closers: (() => Promise<unknown>)[] = [];
  let opening: Promise<unknown> = Promise.resolve();
  let isEnding = false;

  async function close(reason: string, exitCode: number): Promise<never> {
    log.info({ reason }, 'ending');
    // What is half open is neither there to be closed nor gone: it is awaited first.
    await opening.catch(() => undefined);
    let code = exitCode;
    for (const closeOne of closers.toReversed()) {
      try {
        await closeOne();
      } catch (error) {
        log.error({ err: String(error) }, 'unclean end');
        code = 1;
      }
    }
    process.exit(code);
  }

  return {
    async open(start, closeIt) {
      if (isEnding) return new Promise(() => undefined);
      const started = start();
      opening = started.then((it) => closers.push(() => closeIt(it)));
      await opening;
      return isEnding ? new Promise(() => undefined) : started;
    },
    end(reason, exitCode) {
      if (isEnding) return;
      isEnding = true;
      void close(reason, exitCode);
    },
  };
}
