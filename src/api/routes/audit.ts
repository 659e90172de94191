import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { defined } from '../render/defined.js';
import { instant } from '../render/instant.js';
import { problems, READ } from '../route-schema.js';
import { PAGE_LIMIT_DEFAULT } from '../schema/common.js';
import { AuditPage, AuditQuery } from '../schema/people.js';

/** Who changed what, when, from what to what. */
export function audit(app: App, api: ApiContext): void {
  app.get(
    '/v1/audit',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Changes by people, keys and partners, newest first',
        description: 'Secrets are never in it: they are replaced before a row is written.',
        tags: ['people'],
        querystring: AuditQuery,
        response: { 200: AuditPage, ...problems(...READ) },
      },
    },
    async (request) => {
      const { tenantId } = principal(request);
      const { limit = PAGE_LIMIT_DEFAULT, since, until, ...filters } = request.query;
      const page = await api.store.audit.list({
        ...defined({ ...filters, sinceMs: parsed(since), untilMs: parsed(until) }),
        tenantId,
        limit,
      });
      const items = page.items.map(({ atMs, ...entry }) =>
        defined({ ...entry, at: instant(atMs) }),
      );
      return defined({ items, next: page.next });
    },
  );
}

function parsed(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
