import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino';
import type { Log } from './ports.js';
import { redact, redactText } from './redact.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** Where lines go; absent: standard error, written before the call returns. */
  readonly stream?: DestinationStream;
}

/** One JSON object a line, secrets redacted; a newline in a value stays inside its string. */
export function createLog({ level, stream }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      // Errors are plain data by then.
      serializers: { err: (value: unknown) => value },
    },
    stream ?? destination({ fd: 2, sync: true }),
  );
  const write =
    (at: 'info' | 'warn' | 'error') =>
    (fields: Readonly<Record<string, unknown>>, message: string): void => {
      if (logger.isLevelEnabled(at)) logger[at](redact(fields), redactText(message));
    };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
