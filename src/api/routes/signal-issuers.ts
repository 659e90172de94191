/** Who may send signed signals to a site. */
import { randomUUID } from 'node:crypto';
import { newWebhookSecret, webhookSecretText } from '../../signals/webhook.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { siteOf } from '../lookup.js';
import { Problem } from '../problem.js';
import { problems, WRITE_ONE } from '../route-schema.js';
import { SiteParams } from '../schema/common.js';
import { IssuerCreate, IssuerCreated } from '../schema/signal.js';
import { write } from '../write.js';

export function signalIssuers(app: App, api: ApiContext): void {
  app.post(
    '/v1/sites/:siteId/signal-issuers',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Admit an issuer of signals; its secret is shown once',
        tags: ['signals'],
        params: SiteParams,
        body: IssuerCreate,
        response: {
          201: IssuerCreated,
          ...problems(...WRITE_ONE),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const site = siteOf(api, caller, request.params.siteId);
      const { name } = request.body;
      const known = await api.store.issuers.list(site.id);
      if (known.some((each) => each.name === name)) {
        throw new Problem('conflict', { detail: `/name: the site has an issuer ${name}` });
      }
      const id = randomUUID();
      const secret = newWebhookSecret();
      const { tenantId } = site;
      const issuer = { id, siteId: site.id, tenantId, name, secret };
      await write(
        api,
        {
          tenantId,
          siteId: site.id,
          actor: caller.actor,
          action: 'signal-issuer.created',
          target: `signal-issuer:${id}`,
          after: { name },
        },
        () => api.store.issuers.create(issuer, caller.actor),
      );
      return reply
        .status(201)
        .send({ id, siteId: site.id, name, secret: webhookSecretText(secret) });
    },
  );
}
