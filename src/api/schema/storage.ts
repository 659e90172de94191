/** Batteries as they speak with us: telemetry in, set-points out. */
import { Type } from 'typebox';
import { Id, Instant } from './common.js';
import { SAMPLE_AHEAD_MAX_SEC } from './meter-samples.js';
import { POWER_MAX_W } from './site.js';

export const StorageParams = Type.Object({
  siteId: Id('The site.'),
  partId: Id('The battery.'),
});

export const StorageTelemetry = Type.Object(
  {
    at: Instant(`When it was measured; at most ${SAMPLE_AHEAD_MAX_SEC} s ahead.`),
    energyWh: Type.Number({
      minimum: 0,
      maximum: 1_000_000_000,
      description: 'Stored and usable, Wh; at most its capacity.',
    }),
    powerW: Type.Number({
      minimum: -POWER_MAX_W,
      maximum: POWER_MAX_W,
      description: 'Positive charges it, W.',
    }),
  },
  { additionalProperties: false, title: 'StorageTelemetry' },
);

export const StorageTelemetryTaken = Type.Object(
  {
    accepted: Type.Boolean({
      description: 'Taken; one that is older than the known changes nothing.',
    }),
  },
  { title: 'StorageTelemetryTaken' },
);

export const StorageLinkAsked = Type.Object(
  {
    url: Type.String({
      minLength: 1,
      maxLength: 2048,
      description: 'Set-points are sent there by POST every minute, each with an end.',
    }),
  },
  { additionalProperties: false, title: 'StorageLinkAsked' },
);

export const StorageLinkMade = Type.Object(
  {
    url: Type.String(),
    secret: Type.String({
      description:
        'whsec_ and base64, for Standard Webhooks. Shown this once; the one before ends.',
    }),
  },
  { title: 'StorageLink' },
);
