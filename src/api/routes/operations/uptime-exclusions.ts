/** Time in which an outage is not the operator's. */
import { randomUUID } from 'node:crypto';
import { Type } from 'typebox';
import { siteId as asSiteId, stationId as asStationId } from '../../../../solver/index.js';
import { EXCLUSION_KINDS, type UptimeExclusion } from '../../../store/operations/ports.js';
import { orUnavailable } from '../../api-errors.js';
import type { App } from '../../app.js';
import { principal } from '../../auth/authenticate.js';
import type { ApiContext } from '../../context.js';
import { siteOf } from '../../lookup.js';
import { invalid, Problem } from '../../problem.js';
import { defined } from '../../render/defined.js';
import { instant } from '../../render/instant.js';
import { problems, READ, READ_ONE, WRITE_ONE } from '../../route-schema.js';
import { Id, Instant, PAGE_LIMIT_DEFAULT, PageOf, PageQuery, Word } from '../../schema/common.js';

const FIELDS = {
  siteId: Id('The site.'),
  stationId: Type.Optional(Id('Only this station; absent: the whole site.')),
  evseNumber: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 9999, description: 'Only this EVSE of the station.' }),
  ),
  kind: Word(
    [...EXCLUSION_KINDS],
    'Why the outage does not count, as 23 CFR 680.116(b)(2) lists it; closed-hours: outside the ' +
      'hours of operation.',
  ),
  startsAt: Instant('From.'),
  endsAt: Instant('To.'),
  note: Type.Optional(Type.String({ maxLength: 2000 })),
};
const ExclusionCreate = Type.Object(FIELDS, {
  additionalProperties: false,
  title: 'UptimeExclusionCreate',
});
const Exclusion = Type.Object({ id: Type.String(), ...FIELDS }, { title: 'UptimeExclusion' });
const ExclusionPage = PageOf(Exclusion, 'UptimeExclusionPage');
const ExclusionParams = Type.Object({ exclusionId: Id('The exclusion.') });

export function uptimeExclusions(app: App, api: ApiContext): void {
  app.get(
    '/v1/uptime-exclusions',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Time that does not count against uptime, newest first',
        tags: ['operations'],
        querystring: Type.Object(
          { siteId: Type.Optional(Id('Only of this site.')), ...PageQuery },
          { additionalProperties: false },
        ),
        response: { 200: ExclusionPage, ...problems(...READ) },
      },
    },
    async (request) => {
      const { tenantId } = principal(request);
      const { limit = PAGE_LIMIT_DEFAULT, after } = request.query;
      const siteId =
        request.query.siteId === undefined ? undefined : asSiteId(request.query.siteId);
      const { exclusions } = api.store.operations;
      const page = await exclusions.list(defined({ tenantId, siteId, limit, after }));
      return defined({ items: page.items.map(renderExclusion), next: page.next });
    },
  );
  create(app, api);
  app.delete(
    '/v1/uptime-exclusions/:exclusionId',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Let the time count again',
        tags: ['operations'],
        params: ExclusionParams,
        response: { 204: Type.Null(), ...problems(...READ_ONE) },
      },
    },
    async (request, reply) => {
      const { tenantId, actor } = principal(request);
      const { exclusionId } = request.params;
      const { exclusions } = api.store.operations;
      const gone = await orUnavailable(exclusions.remove(tenantId, exclusionId, actor));
      if (!gone) throw new Problem('not-found', { detail: `no exclusion ${exclusionId}` });
      return reply.status(204).send(null);
    },
  );
}

function create(app: App, api: ApiContext): void {
  app.post(
    '/v1/uptime-exclusions',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Say that an outage is not the operator’s',
        tags: ['operations'],
        body: ExclusionCreate,
        response: {
          201: Exclusion,
          ...problems(...WRITE_ONE),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { body } = request;
      const site = siteOf(api, caller, body.siteId);
      const { stationId, evseNumber, kind, note } = body;
      if (stationId !== undefined && !site.stations.some((it) => it.id === stationId)) {
        throw invalid('/stationId', `${stationId} is no station of site ${site.id}`);
      }
      if (evseNumber !== undefined && stationId === undefined) {
        throw invalid('/evseNumber', 'an EVSE is named together with its station');
      }
      const startsAtMs = Date.parse(body.startsAt);
      const endsAtMs = Date.parse(body.endsAt);
      if (endsAtMs <= startsAtMs) throw invalid('/endsAt', 'must be after startsAt');
      const exclusion: UptimeExclusion = {
        id: randomUUID(),
        siteId: site.id,
        kind,
        startsAtMs,
        endsAtMs,
        ...defined({
          stationId: stationId === undefined ? undefined : asStationId(stationId),
          evseNumber,
          note,
        }),
      };
      const { exclusions } = api.store.operations;
      await orUnavailable(exclusions.create(caller.tenantId, exclusion, caller.actor));
      return reply.status(201).send(renderExclusion(exclusion));
    },
  );
}

function renderExclusion({ startsAtMs, endsAtMs, ...rest }: UptimeExclusion) {
  return { ...rest, startsAt: instant(startsAtMs), endsAt: instant(endsAtMs) };
}
