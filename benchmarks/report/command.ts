/** `npm run bench -- report`: the published set, written as REPORT.md with plots. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError, Option } from 'commander';
import { listOf } from '../flags.js';
import { renderReport } from './render.js';
import { readResult, writeResult } from './results.js';
import { runSection } from './run-section.js';
import { SECTIONS, type Section } from './sections.js';

interface Options {
  readonly data?: string;
  readonly sections: readonly Section[];
  readonly folder: string;
  readonly run: boolean;
}

const FOLDER = fileURLToPath(new URL('..', import.meta.url));
const IDS = SECTIONS.map(({ id }) => id).join(', ');

export function reportCommand(): Command {
  return new Command('report')
    .description('Runs the published set and writes REPORT.md with plots.')
    .option('--data <folder>', 'the open data: sites/, tariffs/, acn-portal-march2019/ ...')
    .addOption(
      new Option('--sections <list>', `only these anew, with commas: ${IDS}`)
        .argParser(listOf(section))
        .default(SECTIONS, 'all'),
    )
    .option('--folder <folder>', 'where REPORT.md, plots/ and results/ are', FOLDER)
    .option('--no-run', 'only write the report from the results that are there')
    .action(run);
}

function section(id: string): Section {
  const found = SECTIONS.find((it) => it.id === id);
  if (found === undefined) throw new InvalidArgumentError(`Known are ${IDS}.`);
  return found;
}

async function run(
  { data, sections, folder, run: isRun }: Options,
  command: Command,
): Promise<void> {
  for (const one of isRun ? sections : []) {
    const needsData = one.argv.some((it) => it.includes('<data>'));
    if (needsData && (data === undefined || !existsSync(data))) {
      command.error(`error: --data has to name the folder of the open data for ${one.id}`);
      return;
    }
    process.stderr.write(`${one.id}\n`);
    const result = await runSection(one, { data: data ?? '', folder });
    writeResult(folder, result);
    if (result.failure === undefined) continue;
    process.stderr.write(`${one.id} failed\n`);
    process.exitCode = 1;
  }
  const hasPlot = (id: string): boolean => existsSync(join(folder, 'plots', `${id}.svg`));
  const path = join(folder, 'REPORT.md');
  writeFileSync(
    path,
    renderReport(SECTIONS, (id) => readResult(folder, id), hasPlot),
  );
  console.log(path);
}
