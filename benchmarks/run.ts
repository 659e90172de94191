/** `npm run bench -- <command>`: what the project measures about itself. */
import { Command } from 'commander';
import { allocateCommand } from './allocate/command.js';
import { planCommand } from './plan/command.js';
import { reportCommand } from './report/command.js';
import { replayCommand } from './replay/command.js';

await new Command('bench')
  .description('Benchmarks; each command answers --help.')
  .addCommand(allocateCommand())
  .addCommand(planCommand())
  .addCommand(replayCommand())
  .addCommand(reportCommand())
  .parseAsync();
