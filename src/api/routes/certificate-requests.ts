/** What stations want signed, and the chains that people bring for it. */
import { authorityPem } from '../../upkeep/certificates/authority.js';
import type { CertificateRequest } from '../../upkeep/certificates/certificate.js';
import { takeChain } from '../../upkeep/certificates/requests.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { invalid, Problem } from '../problem.js';
import { defined } from '../render/defined.js';
import { instant, instantOrNone } from '../render/instant.js';
import { problems, READ_ONE, WRITE_ONE } from '../route-schema.js';
import {
  AuthorityCertificate,
  type CertificateRequestBody,
  CertificateRequestPage,
  CertificateRequestSchema,
  ChainPut,
} from '../schema/certificate.js';
import { NumberParams } from '../schema/upkeep.js';
import { write } from '../write.js';
import { numbered, numberedReads } from './numbered-reads.js';

export function certificateRequests(app: App, api: ApiContext): void {
  numberedReads(app, reads(api));
  authority(app, api);

  app.put(
    '/v1/certificate-requests/:id/chain',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Answer a certificate request with a chain signed elsewhere',
        description: 'It goes to the station as soon as that is there.',
        tags: ['certificates'],
        params: NumberParams,
        body: ChainPut,
        response: {
          200: CertificateRequestSchema,
          ...problems(...WRITE_ONE),
        },
      },
    },
    async (request) => {
      const { tenantId, actor } = principal(request);
      const { id } = request.params;
      const found = await numbered(reads(api), tenantId, id);
      if (found.endedAtMs !== undefined) {
        throw new Problem('conflict', { detail: `the request is ${found.status} already` });
      }
      const { chainPem } = request.body;
      const { siteId } = found;
      const target = `certificate-request:${id}`;
      const change = { tenantId, siteId, actor, action: 'certificate.signed', target };
      const fault = await write(api, { ...change, after: { chainPem } }, () =>
        takeChain(api.upkeep, found, { chainPem, actor }),
      );
      if (fault !== undefined) throw invalid('/chainPem', fault);
      return render(await numbered(reads(api), tenantId, id));
    },
  );
}

/** How they are read. */
const reads = (api: ApiContext) => ({
  rows: () => api.store.upkeep.certificateRequests,
  path: '/v1/certificate-requests',
  nouns: ['certificate request', 'Certificate requests of stations'] as const,
  tag: 'certificates',
  schema: CertificateRequestSchema,
  page: CertificateRequestPage,
  render,
});

function authority(app: App, api: ApiContext): void {
  app.get(
    '/v1/certificate-authority',
    {
      config: { access: 'read' },
      schema: {
        summary: 'The certificate of the authority of this installation',
        description: 'Made when it signs for the first time; 404 before.',
        tags: ['certificates'],
        response: {
          200: AuthorityCertificate,
          ...problems(...READ_ONE),
        },
      },
    },
    async () => {
      const certificatePem = await orUnavailable(authorityPem(api.upkeep));
      if (certificatePem === undefined) {
        throw new Problem('not-found', { detail: 'nothing has been signed yet' });
      }
      return { certificatePem };
    },
  );
}

function render(row: CertificateRequest): CertificateRequestBody {
  return defined({
    id: row.id,
    siteId: row.siteId,
    stationId: row.stationId,
    use: row.use,
    status: row.status,
    detail: row.detail,
    subject: row.subject,
    key: row.keyKind,
    csrPem: row.csrPem,
    chainPem: row.chainPem,
    createdAt: instant(row.createdAtMs),
    endedAt: instantOrNone(row.endedAtMs),
    actor: row.actor,
  });
}
