/** When plans come. */

/** Site time between two plans of the same. */
export const PLAN_EVERY_MS = 300_000;
/** The next plan may be late by so much before the second slot of this one counts. */
export const HANDOVER_MS = 60_000;
