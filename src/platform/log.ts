import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';
import { lineInWords } from './log-words.js';
import type { Log } from './ports.js';
import { redact, redactText } from './redact.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

/** One JSON object a line for machines, or words for people. */
export const LOG_FORMATS = ['json', 'text'] as const;
type LogFormat = (typeof LOG_FORMATS)[number];

export interface LogOptions {
  readonly level: LogLevel;
  readonly format?: LogFormat;
  /** Where lines go; absent: standard error, written before the call returns. */
  readonly stream?: DestinationStream;
  /** What is added to every line: the request and trace that it belongs to. */
  readonly context?: () => Readonly<Record<string, unknown>>;
}

/** One line an entry, secrets redacted; a newline in a value stays inside its string. */
export function createLog({ level, format = 'json', stream, context }: LogOptions): Log {
  const sink = stream ?? destination({ fd: 2, sync: true });
  const logger = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Errors are plain data by then.
      serializers: { err: (value: unknown) => value },
    },
    format === 'json' ? sink : { write: (line) => sink.write(lineInWords(line)) },
  );
  const write =
    (at: 'info' | 'warn' | 'error') =>
    (fields: Readonly<Record<string, unknown>>, message: string): void => {
      if (!logger.isLevelEnabled(at)) return;
      logger[at](redact({ ...context?.(), ...fields }), redactText(message));
    };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
