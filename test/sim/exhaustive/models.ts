/** What `--exhaustive` explores, and the small part of it that runs with the tests. */
import { buildModel, type Model } from './model.js';

/** A swap of one vehicle for another, with a fault of one kind. */
export const SMALL_MODELS: readonly Model[] = [
  buildModel({ name: 'a loss', workloadMax: 2, callsTotalMax: 3, budget: { losses: 1 } }),
  buildModel({ name: 'a delay', workloadMax: 1, callsTotalMax: 3, budget: { delays: 1 } }),
];

/**
 * Three limit-changing calls in all with two faults of unlike kinds (two where a station reboots, whose
 * first contact is long), three calls of each station with one fault, and the first swap, followed up to
 * its second call, with all three kinds: that one takes longest, and goes first.
 */
export const FULL_MODELS: readonly Model[] = [
  buildModel({
    name: 'a loss, a reboot and a crash',
    workloadMax: 1,
    callsTotalMax: 1,
    budget: { losses: 1, reboots: 1, crashes: 1 },
  }),
  buildModel({
    name: 'a delay and a loss',
    workloadMax: 2,
    callsTotalMax: 3,
    budget: { delays: 1, losses: 1 },
  }),
  buildModel({
    name: 'a loss and a crash',
    workloadMax: 2,
    callsTotalMax: 3,
    budget: { losses: 1, crashes: 1 },
  }),
  buildModel({
    name: 'a loss and a reboot',
    workloadMax: 1,
    callsTotalMax: 2,
    budget: { losses: 1, reboots: 1 },
  }),
  buildModel({ name: 'six calls, a loss', budget: { losses: 1 } }),
];
