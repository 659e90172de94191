/** A child of `--exhaustive`: takes models by their names and explores each to its end. */
import { answerTasks } from '../fork-jobs.js';
import { explore, type Exploration } from './explore.js';
import { FULL_MODELS } from './models.js';

answerTasks((name: string): Exploration => {
  const model = FULL_MODELS.find((it) => it.name === name);
  if (model === undefined) throw new Error(`no model is called ${name}`);
  return explore(model, {
    onProgress(states, waiting) {
      console.error(`${name}: ${states} states, ${waiting} to follow`);
    },
  });
});
