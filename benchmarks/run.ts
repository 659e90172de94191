/** `npm run bench -- <command>`: what the project measures about itself. */
import { Command } from 'commander';
import { planCommand } from './plan/command.js';

await new Command('bench')
  .description('Benchmarks; each command answers --help.')
  .addCommand(planCommand())
  .parseAsync();
