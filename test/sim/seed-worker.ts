/** A child of run-jobs: takes chunks of seeds and answers with their results. */
import { answerTasks } from './fork-jobs.js';
import { runSeeds } from './run-seeds.js';

answerTasks(runSeeds);
