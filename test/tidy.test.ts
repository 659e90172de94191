/** Style as a test: layout, dependency direction, purity, lengths, words. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;
const IGNORED = new Set(['node_modules', 'dist', '.git', 'test-results', 'coverage']);

const TOP_LEVEL = [
  '.ci',
  'benchmarks',
  'docs',
  'launch',
  'ledger',
  'profiles',
  'simulator',
  'sites',
  'solver',
  'src',
  'test',
  'web',
];

/** What each package may import of the project; nothing else. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  solver: [],
  profiles: ['solver/index'],
  ledger: ['solver/index'],
  src: [
    'solver/index',
    'solver/backends/',
    'profiles/index',
    'profiles/charging-profile',
    'ledger/index',
    'ledger/types',
  ],
  simulator: ['profiles/wire'],
  launch: ['solver/index', 'simulator/'],
  benchmarks: [
    'solver/index',
    'solver/backends/',
    'simulator/',
    'launch/flags',
    // Pure: policies of the replay are to plan by the very forecast that the service has.
    'src/planning/forecast',
  ],
  // The policy `busbar` is to be the service: its step, its plans, and nothing of its own.
  'benchmarks/replay/shipped': [
    'benchmarks/',
    'solver/index',
    'profiles/index',
    'src/control/initial-state',
    'src/control/state',
    'src/control/step',
    'src/ocpp/messages',
    'src/planning/',
    'src/signals/prices',
    'src/sites/',
    'src/store/storage-ports',
  ],
};
const PURE = ['solver', 'profiles', 'ledger', 'src/sessions'];
const IMPURE =
  /\b(?:Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|setImmediate|process\.|fetch\(|performance\.|randomUUID)/;

interface Source {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

function sources(folder: string): Source[] {
  const found: Source[] = [];
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !IGNORED.has(entry.name)) found.push(...sources(path));
    if (entry.isFile() && entry.name.endsWith('.ts') && !entry.name.endsWith('.d.ts')) {
      const text = readFileSync(join(ROOT, path), 'utf8');
      found.push({ path, text, lines: text.split('\n') });
    }
  }
  return found;
}

const product = [
  'solver',
  'profiles',
  'ledger',
  'src',
  'simulator',
  'launch',
  'benchmarks',
].flatMap(sources);
const everything = [...product, ...sources('test')];

/** The innermost that has rules of its own. */
function packageOf(path: string): string | undefined {
  const around = Object.keys(MAY_IMPORT).filter((folder) => path.startsWith(`${folder}/`));
  return around.toSorted((a, b) => b.length - a.length)[0];
}

/** Project-relative targets of the relative imports of a file. */
function imports(source: Source): string[] {
  const found: string[] = [];
  for (const match of source.text.matchAll(/(?:from|import)\s+'(\.[^']*)'/g)) {
    const target = match[1];
    if (target === undefined) continue;
    found.push(relative(ROOT, join(ROOT, dirname(source.path), target)));
  }
  return found;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const OPENS =
  /^(\s*)(?:(?:export )?(?:async )?function\b|(?:const \w+ = )?(?:async )?\([^)]*\).*=> \{$|(?:async )?(?!if|for|while|switch|catch)\w+\([^;]*\{$|.*\(.*=> \{$)/;

/** Functions, methods and callbacks by indentation: from what opens one to what closes it. */
function functionSpans({ lines }: Source): Span[] {
  return lines.flatMap((line, start) => {
    const indent = OPENS.exec(line)?.[1];
    const end = lines.findIndex(
      (text, index) => index > start && text.startsWith(`${indent}}`) && !text.endsWith('{'),
    );
    return indent !== undefined && end > 0 ? [{ start, end }] : [];
  });
}

/** A thing with a life is one function that holds others: what it holds counts by itself. */
function longFunctions(source: Source): string[] {
  const spans = functionSpans(source);
  return spans.flatMap((span) => {
    const inner = spans.filter((it) => it.start > span.start && it.end < span.end);
    const top = inner.filter((it) => !inner.some((at) => at.start < it.start && at.end > it.end));
    const held = top.reduce((sum, it) => sum + it.end - it.start + 1, 0);
    const length = span.end - span.start + 1 - held;
    return length > FUNCTION_LINES_MAX ? [`${source.path}:${span.start + 1} ${length} lines`] : [];
  });
}

describe('layout', () => {
  test('has the folders that the architecture names, and no others', () => {
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !IGNORED.has(entry.name))
      .map((entry) => entry.name)
      .filter((name) => name !== '.busbar');
    expect(folders.filter((name) => !TOP_LEVEL.includes(name))).toEqual([]);
  });

  test('names files in kebab case', () => {
    const odd = everything.filter(({ path }) => !/^[a-z0-9./-]+$/.test(path));
    expect(odd.map((it) => it.path)).toEqual([]);
  });

  test('sees the sources at all', () => {
    expect(product.length).toBeGreaterThan(100);
  });
});

describe('dependency direction', () => {
  test.each(Object.keys(MAY_IMPORT))('%s imports only through the doors it may use', (folder) => {
    const allowed = MAY_IMPORT[folder] ?? [];
    const wrong = product
      .filter(({ path }) => packageOf(path) === folder)
      .flatMap((source) =>
        imports(source)
          .filter((target) => !target.startsWith(`${folder}/`))
          .filter((target) => !allowed.some((door) => target.startsWith(door)))
          .map((target) => `${source.path} -> ${target}`),
      );
    expect(wrong).toEqual([]);
  });

  test('the pure packages import no npm package', () => {
    const wrong = product
      .filter(({ path }) => /^(solver|profiles|ledger)\//.test(path))
      .filter(({ path }) => !path.startsWith('solver/backends/'))
      .filter(({ text }) => /from '(?!\.)/.test(text));
    expect(wrong.map((it) => it.path)).toEqual([]);
  });

  test('only the gateway knows the OCPP library', () => {
    const wrong = product.filter(
      ({ path, text }) =>
        path.startsWith('src/') && text.includes("'ocpp-rpc") && !path.startsWith('src/ocpp/'),
    );
    expect(wrong.map((it) => it.path)).toEqual([]);
  });
});

test('the pure packages have no clock, no chance and no IO', () => {
  const wrong = product
    .filter(({ path }) => PURE.some((folder) => path.startsWith(`${folder}/`)))
    .flatMap(({ path, lines }) =>
      lines
        .map((line, index) => ({ line, at: `${path}:${index + 1}` }))
        .filter(({ line }) => !/^\s*(?:\*|\/\/|\/\*)/.test(line) && IMPURE.test(line))
        .map(({ at }) => at),
    );
  expect(wrong).toEqual([]);
});

test(`files stay under ${FILE_LINES_MAX} lines`, () => {
  const long = product.filter(({ lines }) => lines.length > FILE_LINES_MAX);
  expect(long.map(({ path, lines }) => `${path} ${lines.length}`)).toEqual([]);
});

test(`functions stay under ${FUNCTION_LINES_MAX} lines`, () => {
  expect(product.flatMap(longFunctions)).toEqual([]);
});

test('uses no vague names, no leftovers and no path of one machine', () => {
  const rules: readonly (readonly [string, RegExp])[] = [
    ['vague name', /\b(?:class|function|interface|type|const) \w*(?:Manager|Helper|Utils?)\b/],
    ['leftover', /\bT[O]DO\b|\bFIX[M]E\b|\bX[X]X\b/],
    ['skipped test', /\b(?:test|it|describe)\.(?:only|skip|todo)\(/],
    ['empty catch', /catch\s*(?:\([^)]*\))?\s*\{\s*\}/],
    ['machine path', /['"`]\/(?:home|root|work|Users)\//],
  ];
  const wrong = everything.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) =>
      rules.filter(([, rule]) => rule.test(line)).map(([name]) => `${path}:${index + 1} ${name}`),
    ),
  );
  expect(wrong).toEqual([]);
});
