/** A test build of the simulation in which one rule of production code is missing. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { type Mutation, patched } from './mutation.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface Mutant {
  /** To be run by `fork`. */
  readonly file: string;
  dispose(): void;
}

/** Rejects where the text to replace is not there once, or where the file is not part of the build. */
export async function buildMutant(mutation: Mutation | undefined): Promise<Mutant> {
  const parent = join(ROOT, 'dist', 'mutants');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'mutant-'));
  const file = join(folder, 'worker.mjs');
  const dispose = (): void => rmSync(folder, { recursive: true, force: true });
  let isPatched = mutation === undefined;
  try {
    await build({
      entryPoints: [join(ROOT, 'test/sim/mutate/mutant-worker.ts')],
      outfile: file,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      logLevel: 'silent',
      plugins: mutation === undefined ? [] : [patch(mutation, () => (isPatched = true))],
    });
  } catch (error) {
    dispose();
    throw error;
  }
  if (isPatched) return { file, dispose };
  dispose();
  throw new Error(`mutation "${mutation?.what}": the simulation does not use ${mutation?.file}`);
}

function patch(mutation: Mutation, onPatched: () => void): Plugin {
  const wanted = join(ROOT, mutation.file);
  return {
    name: 'patch',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (path !== wanted) return undefined;
        onPatched();
        return { contents: patched(readFileSync(path, 'utf8'), mutation), loader: 'ts' };
      });
    },
  };
}
