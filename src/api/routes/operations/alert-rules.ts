/** Which faults are told to whom, and when. */
import { randomUUID } from 'node:crypto';
import { IANAZone } from 'luxon';
import { Type } from 'typebox';
import { siteId as asSiteId } from '../../../../solver/index.js';
import type { AlertRule, StoredRule } from '../../../store/operations/alert-ports.js';
import { orUnavailable } from '../../api-errors.js';
import type { App } from '../../app.js';
import { principal } from '../../auth/authenticate.js';
import type { ApiContext } from '../../context.js';
import { invalid, Problem } from '../../problem.js';
import { problems, READ, READ_ONE, WRITE_ONE } from '../../route-schema.js';
import {
  type RuleBody,
  RuleList,
  RuleParams,
  RuleSchema,
  RuleWrite,
  type RuleWriteBody,
} from '../../schema/alert.js';

export function alertRules(app: App, api: ApiContext): void {
  app.get(
    '/v1/alert-rules',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Which faults are told to whom',
        tags: ['alerts'],
        response: { 200: RuleList, ...problems(...READ) },
      },
    },
    async (request) => {
      const { rules } = api.store.operations.alerts;
      return { items: (await rules.list(principal(request).tenantId)).map(renderRule) };
    },
  );
  app.post(
    '/v1/alert-rules',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Add a rule',
        tags: ['alerts'],
        body: RuleWrite,
        response: { 201: RuleSchema, ...problems(...WRITE_ONE) },
      },
    },
    async (request, reply) => {
      const { tenantId, actor } = principal(request);
      const rule = await checked(api, tenantId, request.body);
      const { rules } = api.store.operations.alerts;
      const made = await orUnavailable(rules.create(tenantId, randomUUID(), rule, actor));
      return reply
        .status(201)
        .header('location', `/v1/alert-rules/${made.id}`)
        .send(renderRule(made));
    },
  );
  one(app, api);
}

function one(app: App, api: ApiContext): void {
  app.put(
    '/v1/alert-rules/:ruleId',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Replace a rule',
        tags: ['alerts'],
        params: RuleParams,
        body: RuleWrite,
        response: { 200: RuleSchema, ...problems(...WRITE_ONE) },
      },
    },
    async (request) => {
      const { tenantId, actor } = principal(request);
      const { ruleId } = request.params;
      const rule = await checked(api, tenantId, request.body);
      const { rules } = api.store.operations.alerts;
      const replaced = await orUnavailable(rules.replace(tenantId, ruleId, rule, actor));
      if (replaced === undefined) throw new Problem('not-found', { detail: `no rule ${ruleId}` });
      return renderRule(replaced);
    },
  );
  app.delete(
    '/v1/alert-rules/:ruleId',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Remove a rule',
        tags: ['alerts'],
        params: RuleParams,
        response: { 204: Type.Null(), ...problems(...READ_ONE) },
      },
    },
    async (request, reply) => {
      const { tenantId, actor } = principal(request);
      const { ruleId } = request.params;
      const { rules } = api.store.operations.alerts;
      const isGone = await orUnavailable(rules.remove(tenantId, ruleId, actor));
      if (!isGone) throw new Problem('not-found', { detail: `no rule ${ruleId}` });
      return reply.status(204).send(null);
    },
  );
}

async function checked(api: ApiContext, tenantId: string, body: RuleWriteBody): Promise<AlertRule> {
  if (!IANAZone.isValidZone(body.timeZone)) throw invalid('/timeZone', 'is no IANA time zone');
  const { quietHours } = body;
  if (quietHours !== undefined && quietHours.from === quietHours.to) {
    throw invalid('/quietHours/to', 'must differ from the beginning');
  }
  const known = await api.store.operations.alerts.channels.list(tenantId);
  for (const [index, id] of body.channelIds.entries()) {
    if (!known.some((it) => it.id === id)) {
      throw invalid(`/channelIds/${index}`, `there is no channel ${id}`);
    }
  }
  const { siteIds, channelIds, ...rest } = body;
  return {
    ...rest,
    channelIds: [...new Set(channelIds)],
    ...(siteIds === undefined ? {} : { siteIds: siteIds.map(asSiteId) }),
  };
}

function renderRule(stored: StoredRule): RuleBody {
  const { tenantId: _tenantId, kinds, siteIds, channelIds, ...rest } = stored;
  return {
    ...rest,
    channelIds: [...channelIds],
    ...(kinds === undefined ? {} : { kinds: [...kinds] }),
    ...(siteIds === undefined ? {} : { siteIds: [...siteIds] }),
  };
}
