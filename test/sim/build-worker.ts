/**
 * A child process of the simulation as one file of JavaScript. Run from its sources it would be a tenth
 * slower: every function that a step makes would be given its name at run time.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface BuiltWorker {
  /** To be run by `fork`. */
  readonly file: string;
  dispose(): void;
}

/** `entry`: from the root of the project. */
export async function buildWorker(
  entry: string,
  plugins: readonly Plugin[] = [],
): Promise<BuiltWorker> {
  const parent = join(ROOT, 'dist', 'sim-workers');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'worker-'));
  const file = join(folder, 'worker.mjs');
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    await build({
      entryPoints: [join(ROOT, entry)],
      outfile: file,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      logLevel: 'silent',
      plugins: [...plugins],
    });
  } catch (error) {
    dispose();
    throw error;
  }
  return { file, dispose };
}
