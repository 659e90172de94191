/** The run of `npm run sim -- --mutate`, in words or as one JSON object. */
import { MUTATIONS } from './catalogue.js';
import type { Mutation, Rule } from './mutation.js';
import { type MutationResult, runMutations } from './run-mutations.js';

/** Of a rule, or of all; and only those whose words contain `what`. */
export function mutationsOf(rule: Rule | undefined, what = ''): readonly Mutation[] {
  return MUTATIONS.filter(
    (it) => (rule === undefined || it.rule === rule) && it.what.includes(what),
  );
}

/** The exit code: 0 where every mutation was found within its seeds. */
export async function reportMutations(options: {
  readonly mutations: readonly Mutation[];
  readonly from: number;
  readonly seeds: number;
  readonly jobs: number;
  readonly json: boolean;
}): Promise<number> {
  const { json, mutations, ...run } = options;
  const results = await runMutations({
    ...run,
    mutations,
    onResult: (result) => {
      if (json) console.error(sentenceOf(result));
      else console.log(sentenceOf(result));
    },
  });
  const missed = results.filter(({ foundAtSeed }) => foundAtSeed === undefined);
  if (json) console.log(JSON.stringify({ mutations: results }));
  else console.log(`${results.length - missed.length} of ${results.length} mutations found`);
  return missed.length === 0 && results.length > 0 ? 0 : 1;
}

function sentenceOf({ rule, what, foundAtSeed, invariant, seedsTried }: MutationResult): string {
  const found =
    foundAtSeed === undefined
      ? `NOT FOUND in ${seedsTried} seeds`
      : `${invariant} at seed ${foundAtSeed}, the ${seedsTried}th tried`;
  return `${rule.padEnd(3)} ${what}: ${found}`;
}
