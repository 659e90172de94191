import type { App } from '../app.js';
import type { ApiContext } from '../context.js';
import { problems, READ } from '../route-schema.js';
import { FiguresSchema } from '../schema/figures.js';

/** Counts and durations of this process, for a demo's or a benchmark's closing report. */
export function figures(app: App, api: ApiContext): void {
  app.get(
    '/v1/figures',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Counts and durations of this process since it started',
        tags: ['operations'],
        response: { 200: FiguresSchema, ...problems(...READ) },
      },
    },
    async () => {
      const { ackMs, cutMs, decisionMs, roundTripMs, ...counts } = api.engine.figures();
      return {
        ...counts,
        ackMs: [...ackMs],
        cutMs: [...cutMs],
        decisionMs: [...decisionMs],
        roundTripMs: [...roundTripMs],
      };
    },
  );
}
