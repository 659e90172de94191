/** What is asked of stations over days (updates, logs, reservations, ...) is read in one way: by page and number. */
import type { TSchema } from 'typebox';
import type { Page } from '../../store/ports.js';
import type { UpkeepQuery } from '../../store/upkeep/ports.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import { Problem } from '../problem.js';
import { problems, READ, READ_ONE } from '../route-schema.js';
import { NumberParams, UpkeepListQuery } from '../schema/upkeep.js';
import { pageOf, queryOf } from '../upkeep-station.js';

interface NumberedRows<Row> {
  list(query: UpkeepQuery): Promise<Page<Row>>;
  find(tenantId: string, id: number): Promise<Row | undefined>;
}

export interface NumberedReads<Row> {
  rows(): NumberedRows<Row>;
  /** Without a slash at the end. */
  readonly path: string;
  /** In the singular and in the plural, as the summaries begin. */
  readonly nouns: readonly [one: string, many: string];
  readonly tag: string;
  readonly schema: TSchema;
  readonly page: TSchema;
  render(row: Row): object;
}

/** `GET path` and `GET path/{id}`. */
export function numberedReads<Row>(app: App, of: NumberedReads<Row>): void {
  const { rows, path, nouns, tag, schema, page, render } = of;
  const [one, many] = nouns;
  app.get(
    path,
    {
      config: { access: 'read' },
      schema: {
        summary: `${many}, newest first`,
        tags: [tag],
        querystring: UpkeepListQuery,
        response: { 200: page, ...problems(...READ) },
      },
    },
    async (request) => pageOf(rows().list(queryOf(principal(request), request.query)), render),
  );

  app.get(
    `${path}/:id`,
    {
      config: { access: 'read' },
      schema: {
        summary: `One ${one}`,
        tags: [tag],
        params: NumberParams,
        response: { 200: schema, ...problems(...READ_ONE) },
      },
    },
    async (request) => render(await numbered(of, principal(request).tenantId, request.params.id)),
  );
}

/** The row of a number; 404 where the tenant has none. */
export async function numbered<Row>(
  { rows, nouns }: Pick<NumberedReads<Row>, 'rows' | 'nouns'>,
  tenantId: string,
  id: number,
): Promise<Row> {
  const found = await orUnavailable(rows().find(tenantId, id));
  if (found === undefined) throw new Problem('not-found', { detail: `no ${nouns[0]} ${id}` });
  return found;
}
