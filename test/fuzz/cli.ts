/** `npm run fuzz -- [--minutes n] [--frames n] [--seed n] [--batch n] [--json]`. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { number, SEED_MAX, whole } from '../../launch/flags.js';
import { type Report, runCampaign } from './campaign.js';

interface Options {
  readonly minutes?: number;
  readonly frames?: number;
  readonly seed?: number;
  readonly batch?: number;
  readonly json: boolean;
}

const values = new Command('fuzz')
  .description('Frames of every action and version, valid, mutated and hostile, at the gateway.')
  .option('--minutes <n>', 'how long; 1 unless frames are given', number(0.01, 100_000))
  .option('--frames <n>', 'how many', whole(1, 1e12))
  .option('--seed <n>', 'repeats a run; from the clock if absent', whole(0, SEED_MAX))
  .option('--batch <n>', 'only this batch of the run', whole(0, SEED_MAX))
  .option('--json', 'one JSON object as the last line of stdout', false)
  .parse()
  .opts<Options>();

const FAILURES_SHOWN = 10;
const FOLDER = 'test-results/fuzz';
const MINUTES = 1;

async function main(): Promise<number> {
  const seed = values.seed ?? Date.now() % SEED_MAX;
  const hasFrames = values.frames !== undefined;
  const minutes =
    values.minutes === undefined && hasFrames
      ? Number.POSITIVE_INFINITY
      : (values.minutes ?? MINUTES);
  console.error(`seed ${seed}`);
  const report = await runCampaign({
    seed,
    framesMax: values.frames ?? Number.POSITIVE_INFINITY,
    timeMaxMs: minutes * 60_000,
    ...(values.batch === undefined ? {} : { onlyBatch: values.batch }),
  });
  const file = saved(report);
  if (values.json) console.log(JSON.stringify(report));
  else print(report);
  if (file === undefined) return 0;
  console.error(`frames saved in ${file}`);
  console.error(`reproduce: npm run fuzz -- --seed ${seed} --frames ${report.frames}`);
  return 1;
}

function print({ failures, ...figures }: Report): void {
  console.log(JSON.stringify(figures, undefined, 2));
  for (const { rule, version, mode, batch, detail } of failures.slice(0, FAILURES_SHOWN)) {
    console.log(`${rule} in batch ${batch}, ${version} ${mode}: ${detail}`);
  }
  const total = Object.values(figures.findings).reduce((sum, it) => sum + it, 0);
  console.log(`${total} findings in ${figures.frames} frames`);
}

/** Undefined where there is nothing to save. */
function saved(report: Report): string | undefined {
  if (report.failures.length === 0) return undefined;
  mkdirSync(FOLDER, { recursive: true });
  const file = join(FOLDER, `seed-${report.seed}.json`);
  writeFileSync(file, JSON.stringify(report.failures, undefined, 2));
  return file;
}

process.exitCode = await main();
