import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { expect, test } from 'vitest';

/** The folder itself and all that it is compiled with. */
function compiledWith(folder: string): readonly string[] {
  const { references = [] } = JSON.parse(readFileSync(join(folder, 'tsconfig.json'), 'utf8')) as {
    readonly references?: readonly { readonly path: string }[];
  };
  return [folder, ...references.flatMap(({ path }) => compiledWith(normalize(join(folder, path))))];
}

test('the image is built from nothing that .dockerignore leaves out', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const [, folder = '.'] = /^tsc -b (\w+)/.exec(scripts['build'] ?? '') ?? [];
  const leftOut = readFileSync('.dockerignore', 'utf8').split('\n');
  const folders = [...new Set(compiledWith(folder)), 'web'];
  expect(folders).toContain('solver');
  expect(folders.filter((it) => leftOut.includes(it))).toEqual([]);
  const copied = [...readFileSync('Dockerfile', 'utf8').matchAll(/^COPY (?!--from)(.+) \S+$/gm)];
  const sources = copied.flatMap(([, list = '']) => list.split(' '));
  expect(sources.filter((it) => !existsSync(it))).toEqual([]);
});
