/** The building's own meter, as the site sends it. */
import { circuitId } from '../../../solver/index.js';
import type { LoadReading } from '../../control/state.js';
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
      return reply.status(202).send({ accepted: samples.length });
    },
  );
}

function wrong(
  samples: readonly { circuitId: string; at: string }[],
  site: Site,
  nowMs: number,
): FieldError[] {
  return samples.flatMap((sample, index) => {
    const at = `/samples/${index}`;
    const errors: FieldError[] = [];
    if (!site.circuits.some((circuit) => circuit.id === sample.circuitId)) {
      errors.push({ pointer: `${at}/circuitId`, detail: 'is not a circuit of this site' });
    }
    const latestMs = nowMs + SAMPLE_AHEAD_MAX_SEC * 1000;
    if (Date.parse(sample.at) > latestMs) {
      errors.push({ pointer: `${at}/at`, detail: `must be at most ${instant(latestMs)}` });
    }
    return errors;
  });
}
