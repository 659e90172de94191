/** Building blocks of the wire: ids, instants, pages, errors. */
import { Type } from 'typebox';
import type { TSchema } from 'typebox';

/** Ids that we do not make ourselves: visible ASCII without characters that need care in a URL. */
const ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._~@-]{0,63}$';
const EVSE_ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._~@-]{0,63}:[1-9][0-9]{0,3}$';

export const Name = (description: string) =>
  Type.String({ minLength: 1, maxLength: 120, description });
export const Id = (description: string) => Type.String({ pattern: ID_PATTERN, description });
export const EvseIdText = (description: string) =>
  Type.String({ pattern: EVSE_ID_PATTERN, description });

/** No leap second: no clock of ours can hold it. */
const INSTANT_PATTERN = '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:[0-5]\\d';

/** An instant on the wire. */
export const Instant = (description: string) =>
  Type.String({
    format: 'date-time',
    pattern: INSTANT_PATTERN,
    description: `${description} RFC 3339, UTC.`,
  });

/** One of a few words. */
export const Word = <const T extends string[]>(values: [...T], description: string) =>
  Type.Enum(values, { description });

export const PageQuery = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 500, description: 'Items in a page; 100 if absent.' }),
  ),
  after: Type.Optional(
    Type.String({ minLength: 1, maxLength: 512, description: '`next` of the page before.' }),
  ),
};

export const DryRunQuery = Type.Object(
  {
    dryRun: Type.Optional(
      Type.Boolean({ description: 'True: check everything, show the answer, change nothing.' }),
    ),
  },
  { additionalProperties: false },
);

export const PAGE_LIMIT_DEFAULT = 100;

export const PageOf = <T extends TSchema>(items: T, title: string) =>
  Type.Object(
    {
      items: Type.Array(items),
      next: Type.Optional(
        Type.String({ description: 'Cursor of the next page; absent on the last one.' }),
      ),
    },
    { title },
  );

export const SiteParams = Type.Object({ siteId: Id('The site.') });

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'Path of a page that explains this kind of problem.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.String({ description: 'Path of the request.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          pointer: Type.String({ description: 'JSON pointer into the body, or the parameter.' }),
          detail: Type.String({ description: 'What is wrong and what is allowed.' }),
          rule: Type.Optional(Type.String({ description: 'Name of the broken rule.' })),
        }),
      ),
    ),
    requestId: Type.String({ description: 'As in the header x-request-id and in the log.' }),
  },
  { title: 'Problem' },
);
