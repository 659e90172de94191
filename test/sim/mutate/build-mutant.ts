/** A test build of the simulation in which one rule of production code is missing. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { buildWorker, type BuiltWorker, ROOT } from '../build-worker.js';
import { type Mutation, patched } from './mutation.js';

/** Rejects where the text to replace is not there once, or where the file is not part of the build. */
export async function buildMutant(mutation: Mutation | undefined): Promise<BuiltWorker> {
  const entry = 'test/sim/mutate/mutant-worker.ts';
  if (mutation === undefined) return buildWorker(entry);
  let isPatched = false;
  const built = await buildWorker(entry, [patch(mutation, () => (isPatched = true))]);
  if (isPatched) return built;
  built.dispose();
  throw new Error(`mutation "${mutation.what}": the simulation does not use ${mutation.file}`);
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
