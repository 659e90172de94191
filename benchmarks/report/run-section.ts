/** Runs the command of a section in a process of its own. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Row } from '../replay/row.js';
import type { Result } from './results.js';
import type { Section } from './sections.js';

const BENCH = fileURLToPath(new URL('../run.ts', import.meta.url));

/** The plot is written beside; a command that fails gives a result that says so. */
export async function runSection(
  section: Section,
  { data, folder }: { readonly data: string; readonly folder: string },
): Promise<Result> {
  mkdirSync(join(folder, 'plots'), { recursive: true });
  const argv = section.argv.map((it) => it.replace('<data>', data));
  const plot = ['--svg', join(folder, 'plots', `${section.id}.svg`)];
  const { output, errors, code } = await run([...argv, ...plot, '--json', '--markdown']);
  const lines = output.trimEnd().split('\n');
  const json = lines.at(-1)?.startsWith('{') === true ? lines.pop() : undefined;
  const { rows } = JSON.parse(json ?? '{}') as { readonly rows?: readonly Row[] };
  return {
    id: section.id,
    command: commandOf(section),
    ranAt: new Date().toISOString(),
    markdown: lines.join('\n').trim(),
    ...(rows === undefined ? {} : { rows }),
    ...(code === 0 ? {} : { failure: errors.trim().split('\n').slice(-5).join('\n') }),
  };
}

export const commandOf = ({ argv }: Section): string => `npm run bench -- ${argv.join(' ')}`;

interface Ended {
  readonly output: string;
  readonly errors: string;
  readonly code: number | null;
}

/** Progress is passed on as it comes. */
function run(argv: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', BENCH, ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
      process.stderr.write(chunk);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ output, errors, code }));
  });
}
