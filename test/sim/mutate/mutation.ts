/** A rule of production code taken away, as data: one piece of text replaced by another. */
import type { WorkloadName } from '../workloads.js';

export const RULES = [
  'R0',
  'R1',
  'R2',
  'R3',
  'R4',
  'R5',
  'R6',
  'R7',
  'R8',
  'R9',
  'R10',
  'R11',
  'R12',
] as const;

export type Rule = (typeof RULES)[number];

export interface Mutation {
  readonly rule: Rule;
  /** What production code does no more; unique. */
  readonly what: string;
  /** From the root of the project. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** A bias of the world under which the rule matters often; absent: any world. */
  readonly workload?: WorkloadName;
}

/** The text of the mutation's file without the rule. Throws, by name, where the text has changed. */
export function patched(text: string, mutation: Mutation): string {
  const { rule, what, file, find, replace } = mutation;
  const times = text.split(find).length - 1;
  if (times !== 1) {
    throw new Error(`mutation of ${rule}, "${what}": its text occurs ${times} times in ${file}`);
  }
  const at = text.indexOf(find);
  return text.slice(0, at) + replace + text.slice(at + find.length);
}
