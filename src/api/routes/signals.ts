/** Signed signals of a grid operator, an aggregator or a price source. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { siteId } from '../../../solver/index.js';
import { verifyWebhook } from '../../signals/webhook.js';
import type { Site } from '../../sites/site.js';
import type { App } from '../app.js';
import type { ApiContext } from '../context.js';
import { parseSignals } from '../parse-signals.js';
import { Problem } from '../problem.js';
import { problems } from '../route-schema.js';
import { SiteParams } from '../schema/common.js';
import { SignalAnswer, SignalDocument, SignalDocuments, SignalHeaders } from '../schema/signal.js';
import { signalIntake } from '../signal-intake.js';

type Issuer = { readonly id: string; readonly name: string; readonly secret: Buffer };

export function signals(app: App, api: ApiContext): void {
  const take = signalIntake(api);

  app.register(async (scope: App) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer' },
      (_request, body, done) => {
        done(null, body);
      },
    );
    scope.post(
      '/v1/sites/:siteId/signals',
      {
        config: { access: 'signed' },
        validatorCompiler: paramsOnly,
        schema: {
          summary: 'Signals, signed as Standard Webhooks',
          description:
            'HMAC-SHA-256 over `{webhook-id}.{webhook-timestamp}.{raw body}`; the signature is ' +
            'checked on the raw bytes before they are parsed, against every issuer of the site.',
          tags: ['signals'],
          params: SiteParams,
          headers: SignalHeaders,
          body: Type.Union([SignalDocument, SignalDocuments]),
          response: {
            200: SignalAnswer,
            202: SignalAnswer,
            ...problems('bad-signature', 'malformed-json', 'invalid', 'unavailable'),
          },
        },
      },
      async (request, reply) => {
        const raw = request.body as unknown;
        const { site, issuer } = await issuerOf(api, request, rawBytes(raw));
        const documents = parseSignals(rawBytes(raw), api.clock.nowMs());
        const webhookId = String(request.headers['webhook-id']);
        const answer = await take({ site, issuer, webhookId, documents });
        return reply.status(answer.accepted > 0 ? 202 : 200).send(answer);
      },
    );
  });
}

/** Nothing but the signature decides whether the body is looked at. */
const paramsOnly = () => () => true;

function rawBytes(body: unknown): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** An unknown site answers like a wrong signature: an unsigned caller learns no ids. */
async function issuerOf(
  api: ApiContext,
  request: FastifyRequest<{ Params: { siteId: string } }>,
  raw: Buffer,
): Promise<{ site: Site; issuer: Issuer }> {
  const { headers } = request;
  const single = (name: string): string | undefined => {
    const value = headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const webhook = {
    id: single('webhook-id'),
    timestamp: single('webhook-timestamp'),
    signature: single('webhook-signature'),
  };
  const id = siteId(request.params.siteId);
  const site = api.register.all().find((each) => each.id === id);
  const issuers = site === undefined ? [] : await api.store.issuers.list(id);
  const nowSec = api.realNowMs() / 1000;
  const verdicts = issuers.map((one) => verifyWebhook(webhook, raw, one.secret, nowSec));
  const issuer = issuers[verdicts.indexOf('valid')];
  if (site !== undefined && issuer !== undefined) return { site, issuer };
  if (verdicts.includes('stale')) {
    throw new Problem('bad-signature', {
      detail: 'webhook-timestamp is more than 300 s away from our clock',
    });
  }
  throw new Problem('bad-signature');
}
