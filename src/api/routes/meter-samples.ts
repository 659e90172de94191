/** The building's own meter, as the site sends it. */
import type { Static } from 'typebox';
import { circuitId } from '../../../solver/index.js';
import type { LoadReading } from '../../control/state.js';
import { kindOfReading, powerOf } from '../../planning/site-history.js';
import { storagePowerW } from '../../planning/storage-room.js';
import type { Site } from '../../sites/site.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOf } from '../lookup.js';
import { type FieldError, Problem } from '../problem.js';
import { instant } from '../render/instant.js';
import { problems, WRITE } from '../route-schema.js';
import { SiteParams } from '../schema/common.js';
import { MeterSamples, SAMPLE_AHEAD_MAX_SEC, SamplesTaken } from '../schema/meter-samples.js';

type Sample = Static<typeof MeterSamples>['samples'][number];

export function meterSamples(app: App, api: ApiContext): void {
  app.post(
    '/v1/sites/:siteId/meter-samples',
    {
      config: { access: 'write', logged: false },
      schema: {
        summary: "Samples of the building's meter, per circuit and conductor",
        tags: ['sites'],
        params: SiteParams,
        body: MeterSamples,
        response: {
          202: SamplesTaken,
          ...problems(...WRITE, 'not-found'),
        },
      },
    },
    async (request, reply) => {
      const site = siteOf(api, principal(request), request.params.siteId);
      const { samples } = request.body;
      const errors = wrong(samples, site, api.clock.nowMs());
      if (errors.length > 0) throw new Problem('invalid', { errors });
      for (const sample of samples) {
        if (kindOfReading(site, sample.meterId) !== 'load') continue;
        const [a, b, c] = sample.currentA as [number, number, number];
        const reading: LoadReading = { atMs: Date.parse(sample.at), currentA: [a, b, c] };
        await orUnavailable(
          api.engine.submit(site.id, {
            type: 'building.sampled',
            circuitId: circuitId(sample.circuitId),
            reading,
          }),
        );
      }
      keep(api, site, samples);
      return reply.status(202).send({ accepted: samples.length });
    },
  );
}

/** For forecasts: the engine has the samples, and does not wait for it. */
function keep(api: ApiContext, site: Site, samples: readonly Sample[]): void {
  keepRows(api, site, samples).catch((error: unknown) => {
    api.log.warn({ site: site.id, err: String(error) }, 'samples not kept for forecasts');
  });
}

/** What batteries take and give is decided, and hence nothing that a load is foretold from. */
async function keepRows(api: ApiContext, site: Site, samples: readonly Sample[]): Promise<void> {
  const hasStorage = (site.storage ?? []).length > 0;
  const reports = hasStorage ? await api.store.storage.reports(site.id) : [];
  const rows = samples.map((sample) => {
    const kind = kindOfReading(site, sample.meterId);
    const atMs = Date.parse(sample.at);
    const storageW = kind === 'load' ? storagePowerW(site, reports, atMs, sample.circuitId) : 0;
    return {
      siteId: site.id,
      tenantId: site.tenantId,
      kind,
      circuitId: circuitId(sample.circuitId),
      atMs,
      powerW: powerOf(site, sample.currentA) - storageW,
    };
  });
  await api.store.powerHistory.add(rows);
}

function wrong(samples: readonly Sample[], site: Site, nowMs: number): FieldError[] {
  return samples.flatMap((sample, index) => {
    const at = `/samples/${index}`;
    const errors: FieldError[] = [];
    if (!site.circuits.some((circuit) => circuit.id === sample.circuitId)) {
      errors.push({ pointer: `${at}/circuitId`, detail: 'is not a circuit of this site' });
    }
    if (sample.meterId !== undefined && !isMeter(site, sample)) {
      const detail = `is not a meter of this site at ${sample.circuitId}`;
      errors.push({ pointer: `${at}/meterId`, detail });
    }
    const latestMs = nowMs + SAMPLE_AHEAD_MAX_SEC * 1000;
    if (Date.parse(sample.at) > latestMs) {
      errors.push({ pointer: `${at}/at`, detail: `must be at most ${instant(latestMs)}` });
    }
    return errors;
  });
}

function isMeter(site: Site, { meterId, circuitId: id }: Sample): boolean {
  return site.meters?.some((it) => it.id === meterId && it.circuitId === id) ?? false;
}
