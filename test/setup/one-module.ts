/** Test files that compute for long, each with all of ours that it imports as one module. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin as BuildPlugin } from 'esbuild';
import type { Plugin } from 'vitest/config';

/**
 * The runner turns every use of an import into a read of a property of its module, which no hot loop gets rid
 * of: within one module they are plain variables again. A file costs a bundle of its own, and hence is named
 * here only where it computes for longer than that takes.
 */
const COMPUTING: readonly string[] = [
  'test/benchmarks/replay.test.ts',
  'test/benchmarks/replay-site.test.ts',
  'test/properties/allocate.test.ts',
  'test/sim/garage-day.test.ts',
  'test/sim/lossy-garage.test.ts',
];

/** @param root of the project */
export function oneModule(root: string): Plugin {
  return {
    name: 'busbar:one-module',
    enforce: 'pre',
    async load(id) {
      if (!COMPUTING.includes(relative(root, id))) return undefined;
      const { outputFiles } = await build({
        entryPoints: [id],
        bundle: true,
        write: false,
        platform: 'node',
        format: 'esm',
        target: 'node20',
        packages: 'external',
        sourcemap: 'inline',
        plugins: [ownUrls],
      });
      return outputFiles[0]?.text;
    },
  };
}

/** Each source keeps its own place. */
const ownUrls: BuildPlugin = {
  name: 'own-urls',
  setup(builder) {
    builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const url = JSON.stringify(pathToFileURL(path).href);
      return { contents: source.replaceAll('import.meta.url', url), loader: 'ts' };
    });
  },
};
