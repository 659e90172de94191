/**
 * The shell blocks of our documents, as they are to be run. Every ```sh block is run as it stands,
 * unless the line before it is a comment `<!-- not run: reason -->`. Within a block a line that begins
 * with a command of ELSEWHERE is left out.
 */

export interface ShellBlock {
  /** `README.md:41`, of its first line. */
  readonly at: string;
  readonly text: string;
  /** Why it is shown and not run. */
  readonly notRun?: string;
}

/** Commands that take minutes or a terminal, and what runs them instead. */
const ELSEWHERE: readonly { readonly begins: RegExp; readonly because: string }[] = [
  { begins: /^npm ci\b/, because: 'every run of the checks begins with it' },
  { begins: /^npm test\b/, because: 'it runs this very test' },
  { begins: /^npm run demo\b/, because: 'test/system/demo.test.ts runs the demo' },
  { begins: /^npm run sim\b/, because: 'test/sim runs the simulation' },
  { begins: /^npm run build\b/, because: 'the checks build before they test' },
  { begins: /^npm start\b/, because: 'the service of this test runs already' },
  { begins: /^busbar serve\b/, because: 'the service of this test runs already' },
  { begins: /^docker\b/, because: 'test/system/three-processes.test.ts starts the same three' },
  { begins: /^export (?:KEY|BUSBAR_API_KEY)=/, because: 'the key of this service is set already' },
];

const MARKER = /^\s*<!--\s*not run:\s*(.*?)\s*-->\s*$/;
const REASON_LENGTH_MIN = 10;

/** Throws on a marker without a reason, or before anything but a block. */
export function shellBlocks(name: string, markdown: string): readonly ShellBlock[] {
  const lines = markdown.split('\n');
  const blocks: ShellBlock[] = [];
  let reason: string | undefined;
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    const [, indent, language] = /^(\s*)```(\w*)\s*$/.exec(line) ?? [];
    if (language !== undefined) {
      const end = lines.findIndex((it, at) => at > index && it.trim() === '```');
      if (end < 0) throw new Error(`${name}:${index + 1} is not closed`);
      const text = lines.slice(index + 1, end).map((it) => it.slice(indent?.length ?? 0));
      const at = `${name}:${index + 2}`;
      if (/^(?:sh|shell|bash|console)$/.test(language)) {
        blocks.push({
          at,
          text: text.join('\n'),
          ...(reason === undefined ? {} : { notRun: reason }),
        });
      }
      reason = undefined;
      index = end;
      continue;
    }
    if (reason !== undefined && line.trim() !== '') {
      throw new Error(`${name}:${index + 1}: a "not run" comment stands before no block`);
    }
    reason = MARKER.exec(line)?.[1] ?? reason;
    if (reason !== undefined && reason.length < REASON_LENGTH_MIN) {
      throw new Error(`${name}:${index + 1}: say why it is not run`);
    }
  }
  return blocks;
}

/** The lines of a block that are to be run: with what runs elsewhere as comments that say so. */
export function runnable(block: string): string {
  let isContinued = false;
  return block
    .split('\n')
    .map((line) => {
      const elsewhere = ELSEWHERE.find(({ begins }) => begins.test(line));
      const isLeftOut: boolean = isContinued || elsewhere !== undefined;
      isContinued = isLeftOut && line.endsWith('\\');
      return isLeftOut ? `# ${line.replace(/\\$/, '')} # ${elsewhere?.because ?? ''}` : line;
    })
    .join('\n');
}

/** True when nothing but comments is left. */
export function isEmpty(script: string): boolean {
  return script.split('\n').every((line) => /^\s*(?:#|$)/.test(line));
}
