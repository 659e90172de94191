import { expect, test } from 'vitest';
import { isEmpty, runnable, shellBlocks } from '../support/shell-blocks.js';

const fence = '```';

test('takes shell blocks, also in lists, and no others', () => {
  const text = `a\n${fence}sh\necho 1\n${fence}\n${fence}json\n{}\n${fence}\n1. b\n\n   ${fence}sh\n   echo 2\n   ${fence}\n`;
  expect(shellBlocks('a.md', text)).toEqual([
    { at: 'a.md:3', text: 'echo 1' },
    { at: 'a.md:11', text: 'echo 2' },
  ]);
});

test('leaves out a block that says why, and only that', () => {
  const text = `<!-- not run: needs two machines -->\n\n${fence}sh\nssh x\n${fence}\n${fence}sh\necho\n${fence}\n`;
  expect(shellBlocks('a.md', text).map((it) => it.notRun)).toEqual([
    'needs two machines',
    undefined,
  ]);
});

test.each([
  ['<!-- not run: -->\n', 'say why'],
  ['<!-- not run: needs two machines -->\ntext\n', 'stands before no block'],
  [`${fence}sh\necho\n`, 'is not closed'],
])('refuses %j', (text, says) => {
  expect(() => shellBlocks('a.md', text)).toThrow(says);
});

test('what is run elsewhere becomes a comment, with the lines that continue it', () => {
  const script = runnable('npm run demo -- \\\n  --json\nexport KEY=bb_...\ncurl x \\\n  -d y');
  expect(script.split('\n').filter((line) => !line.startsWith('#'))).toEqual([
    'curl x \\',
    '  -d y',
  ]);
  expect(isEmpty(runnable('npm ci && npm run demo'))).toBe(true);
});
