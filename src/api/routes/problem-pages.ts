import { Type } from 'typebox';
import type { App } from '../app.js';
import { PROBLEMS, Problem, type ProblemKind } from '../problem.js';
import { problems } from '../route-schema.js';

const Params = Type.Object({ kind: Type.String({ maxLength: 64 }) });
const ProblemPage = Type.Object(
  { type: Type.String(), title: Type.String(), status: Type.Integer(), cure: Type.String() },
  { title: 'ProblemKind' },
);

/** What the `type` of a problem points at: cause and cure. */
export function problemPages(app: App): void {
  app.get(
    '/problems/:kind',
    {
      config: { access: 'open' },
      schema: {
        summary: 'What a kind of problem means and what to do',
        tags: ['operations'],
        params: Params,
        response: { 200: ProblemPage, ...problems('not-found') },
      },
    },
    async (request) => {
      const { kind } = request.params;
      if (!Object.hasOwn(PROBLEMS, kind)) throw new Problem('not-found');
      const [status, title, cure] = PROBLEMS[kind as ProblemKind];
      return { type: `/problems/${kind}`, title, status, cure };
    },
  );
}
