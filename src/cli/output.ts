/** Results go to standard output, everything else to standard error. */
import { CpmsError } from '../platform/errors.js';

export const EXIT = { ok: 0, failure: 1, usage: 2, checkFailed: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with words for a person and a code for a script. */
export class CommandFailure extends Error {
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = EXIT.failure) {
    super(message);
    this.exitCode = exitCode;
  }
}

type Colour = 'green' | 'yellow' | 'red' | 'grey' | 'bold';
const CODES: Readonly<Record<Colour, number>> = {
  green: 32,
  yellow: 33,
  red: 31,
  grey: 90,
  bold: 1,
};

export interface Output {
  readonly isJson: boolean;
  /** One JSON document, or the words. */
  result(value: unknown, words: () => string): void;
  progress(text: string): void;
  paint(colour: Colour, text: string): string;
}

export interface OutputOptions {
  readonly json: boolean;
  readonly color: boolean;
}

export function createOutput({ json, color }: OutputOptions): Output {
  const isPlain = !color || process.env['NO_COLOR'] || process.stdout.isTTY !== true;
  return {
    isJson: json,
    result(value, words) {
      process.stdout.write(`${json ? JSON.stringify(value, undefined, 2) : words()}\n`);
    },
    progress: (text) => void process.stderr.write(`${text}\n`),
    paint: (colour, text) => (isPlain ? text : `\u001b[${CODES[colour]}m${text}\u001b[0m`),
  };
}

/** Columns as wide as their widest cell; what is printed may be of others, so no control characters. */
export function table(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => cell.replaceAll(/\p{Cc}/gu, ' ')));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** What a person reads of an error: our own words, or those of the system. */
export function messageOf(error: unknown): string {
  if (error instanceof CpmsError || error instanceof CommandFailure) return error.message;
  const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : '';
  const own = error instanceof Error ? error.message || (error as { code?: string }).code : error;
  return cause === '' ? String(own) : `${String(own)}: ${cause}`;
}
