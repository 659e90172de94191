/**
 * What stations are asked to measure, the first set that they accept. Few on purpose: there is firmware
 * that reboots in a loop when everything is configured, and firmware that refuses power.
 */
export const MEASURAND_SETS: readonly (readonly string[])[] = [
  ['Energy.Active.Import.Register', 'Current.Import', 'Power.Active.Import'],
  ['Energy.Active.Import.Register', 'Current.Import'],
];
