/**
 * Values for settings that a site file leaves out. Each is the careful choice; an owner changes it
 * in the file.
 */
import { amps, seconds } from '../../solver/index.js';
import type { PilotSet } from '../../solver/index.js';
import type { SiteSettings } from './site.js';

export const SETTINGS_DEFAULT: SiteSettings = {
  allocator: {
    /** A session without a claim counts as having four hours to spare. */
    laxityAssumedSec: seconds(4 * 3600),
    /** Smoother than the five minutes between two looks, so that similar laxities share. */
    laxityStepSec: seconds(3600),
    /** Contactors and vehicles wear when sessions go on and off: five minutes at least. */
    onMinSec: seconds(300),
    offMinSec: seconds(300),
    /** Nobody is paused for more than half an hour when others could be: some vehicles fall asleep. */
    offMaxSec: seconds(1800),
  },
  /** A vehicle that we do not know of draws nothing. */
  fallbackIdleA: amps(0),
  /** A running session keeps the minimum of IEC 61851-1 when the link is lost, where affordable. */
  fallbackSessionA: amps(6),
  leaseSec: 900,
  leaseMeteredSec: 90,
  /** 5 s pilot rule, 6 s vehicle, 1 s margin. */
  settleSec: 12,
  skewSec: 10,
  raiseHoldSec: 10,
  /** Profiles go to flash: one change in five minutes beside cuts. */
  changesPerHourMax: 12,
  sampleIntervalSec: 60,
  acceptAnyToken: false,
};

/** Whole amperes from 6 A: what every AC station can represent. */
export const PILOTS_DEFAULT: PilotSet = { kind: 'continuous', minA: amps(6), stepA: amps(1) };
