/** The parts of a site that have ids, one by one: circuits, EVSEs, meters, batteries. */
import { type Static, type TSchema, Type } from 'typebox';
import type { Site } from '../../sites/site.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { editSite } from '../edit-site.js';
import { contentTag, IfMatchHeaders } from '../if-match.js';
import { listPage } from '../list-page.js';
import { siteOf } from '../lookup.js';
import { invalid, Problem } from '../problem.js';
import {
  circuitOf,
  evseOf,
  meterOf,
  renderCircuit,
  renderEvse,
  storageOf,
} from '../render/site.js';
import { problems, READ_ONE } from '../route-schema.js';
import { EvseIdText, Id, PageOf, PageQuery } from '../schema/common.js';
import { CircuitPart, EditQuery, EvsePart, MeterPart, StoragePart } from '../schema/site.js';
import { EDIT_PROBLEMS } from './sites.js';

interface Identified {
  readonly id: string;
}

interface Part<Item extends Identified> {
  /** In the path, and in the site's file. */
  readonly list: 'circuits' | 'evses' | 'meters' | 'storage';
  readonly noun: string;
  /** Of the body's schema. */
  readonly title: string;
  readonly body: TSchema;
  readonly id: ReturnType<typeof Id>;
  items(site: Site): readonly Item[];
  /** Of a body that has passed the schema. */
  itemOf(body: unknown): Item;
  render(item: Item): object;
  with(site: Site, items: readonly Item[]): Site;
}

const CIRCUIT_ID = Type.String({ minLength: 1, maxLength: 64, description: 'The circuit.' });

export function siteParts(app: App, api: ApiContext): void {
  part(app, api, {
    list: 'circuits',
    noun: 'circuit',
    title: 'Circuit',
    body: CircuitPart,
    id: CIRCUIT_ID,
    items: (site) => site.circuits,
    itemOf: (body) => circuitOf(body as Static<typeof CircuitPart>),
    render: renderCircuit,
    with: (site, circuits) => ({ ...site, circuits }),
  });
  part(app, api, {
    list: 'evses',
    noun: 'EVSE',
    title: 'Evse',
    body: EvsePart,
    id: EvseIdText('`{stationId}:{evseNumber}`.'),
    items: (site) => site.evses,
    itemOf: (body) => evseOf(body as Static<typeof EvsePart>),
    render: renderEvse,
    with: (site, evses) => ({ ...site, evses }),
  });
  part(app, api, {
    list: 'meters',
    noun: 'meter',
    title: 'Meter',
    body: MeterPart,
    id: Id('The meter.'),
    items: (site) => site.meters ?? [],
    itemOf: (body) => meterOf(body as Static<typeof MeterPart>),
    render: (meter) => ({ ...meter }),
    with: (site, meters) => ({ ...site, meters }),
  });
  part(app, api, {
    list: 'storage',
    noun: 'storage',
    title: 'Storage',
    body: StoragePart,
    id: Id('The battery.'),
    items: (site) => site.storage ?? [],
    itemOf: (body) => storageOf(body as Static<typeof StoragePart>),
    render: (storage) => ({ ...storage }),
    with: (site, storage) => ({ ...site, storage }),
  });
}

function part<Item extends Identified>(app: App, api: ApiContext, of: Part<Item>): void {
  read(app, api, of);
  add(app, api, of);
  replace(app, api, of);
  remove(app, api, of);
}

function paths({ list, id }: Pick<Part<Identified>, 'list' | 'id'>) {
  const siteId = Id('The site.');
  return {
    all: `/v1/sites/:siteId/${list}`,
    one: `/v1/sites/:siteId/${list}/:partId`,
    allParams: Type.Object({ siteId }),
    oneParams: Type.Object({ siteId, partId: id }),
  };
}

function read<Item extends Identified>(app: App, api: ApiContext, of: Part<Item>): void {
  const { all, one, allParams, oneParams } = paths(of);
  app.get(
    all,
    {
      config: { access: 'read' },
      schema: {
        summary: `The ${of.list} of a site, by id`,
        tags: ['sites'],
        params: allParams,
        querystring: Type.Object(PageQuery, { additionalProperties: false }),
        response: { 200: PageOf(of.body, `${of.title}Page`), ...problems(...READ_ONE) },
      },
    },
    async (request, reply) => {
      const site = siteOf(api, principal(request), request.params.siteId);
      const { items, ...more } = listPage(of.items(site), request.query);
      return reply.send({ items: items.map(of.render), ...more });
    },
  );
  app.get(
    one,
    {
      config: { access: 'read' },
      schema: {
        summary: `One ${of.noun} of a site`,
        tags: ['sites'],
        params: oneParams,
        response: { 200: of.body, ...problems(...READ_ONE) },
      },
    },
    async (request, reply) => {
      const site = siteOf(api, principal(request), request.params.siteId);
      const shown = of.render(found(of, site, request.params.partId));
      return reply.header('etag', contentTag(shown)).send(shown);
    },
  );
}

function add<Item extends Identified>(app: App, api: ApiContext, of: Part<Item>): void {
  const { all, allParams } = paths(of);
  app.post(
    all,
    {
      config: { access: 'admin' },
      schema: {
        summary: `Add a ${of.noun} to a site`,
        tags: ['sites'],
        params: allParams,
        querystring: EditQuery,
        body: of.body,
        response: { 200: of.body, 201: of.body, ...problems(...EDIT_PROBLEMS) },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { siteId } = request.params;
      const item = of.itemOf(request.body);
      await editSite(api, {
        caller,
        siteId,
        query: request.query,
        action: `${of.noun.toLowerCase()}.added`,
        target: `${of.noun.toLowerCase()}:${item.id}`,
        after: request.body,
        pointerOf: (site) => pointerOf(of, site, item.id),
        change: (site) => {
          const known = of.items(site);
          if (known.some(({ id }) => id === item.id)) {
            throw new Problem('conflict', { detail: `/id: the site has a ${of.noun} ${item.id}` });
          }
          return of.with(site, [...known, item]);
        },
      });
      const shown = of.render(item);
      if (request.query.dryRun === true) return reply.status(200).send(shown);
      return reply
        .status(201)
        .header('location', `/v1/sites/${siteId}/${of.list}/${encodeURIComponent(item.id)}`)
        .header('etag', contentTag(shown))
        .send(shown);
    },
  );
}

function replace<Item extends Identified>(app: App, api: ApiContext, of: Part<Item>): void {
  const { one, oneParams } = paths(of);
  app.put(
    one,
    {
      config: { access: 'admin' },
      schema: {
        summary: `Replace a ${of.noun}`,
        tags: ['sites'],
        params: oneParams,
        headers: IfMatchHeaders,
        querystring: EditQuery,
        body: of.body,
        response: { 200: of.body, ...problems(...EDIT_PROBLEMS) },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { siteId, partId } = request.params;
      const item = of.itemOf(request.body);
      if (item.id !== partId) throw invalid('/id', `must be ${partId}`);
      const before = of.render(found(of, siteOf(api, caller, siteId), partId));
      await editSite(api, {
        caller,
        siteId,
        match: {
          ifMatch: request.headers['if-match'],
          etag: (site) => contentTag(of.render(found(of, site, partId))),
        },
        query: request.query,
        action: `${of.noun.toLowerCase()}.changed`,
        target: `${of.noun.toLowerCase()}:${partId}`,
        before,
        after: request.body,
        pointerOf: (site) => pointerOf(of, site, partId),
        change: (site) =>
          of.with(
            site,
            of.items(site).map((known) => (known.id === partId ? item : known)),
          ),
      });
      const shown = of.render(item);
      return reply.header('etag', contentTag(shown)).send(shown);
    },
  );
}

function remove<Item extends Identified>(app: App, api: ApiContext, of: Part<Item>): void {
  const { one, oneParams } = paths(of);
  app.delete(
    one,
    {
      config: { access: 'admin' },
      schema: {
        summary: `Remove a ${of.noun}`,
        tags: ['sites'],
        params: oneParams,
        headers: IfMatchHeaders,
        querystring: EditQuery,
        response: { 204: Type.Null(), ...problems(...EDIT_PROBLEMS) },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { siteId, partId } = request.params;
      const before = of.render(found(of, siteOf(api, caller, siteId), partId));
      await editSite(api, {
        caller,
        siteId,
        match: {
          ifMatch: request.headers['if-match'],
          etag: (site) => contentTag(of.render(found(of, site, partId))),
        },
        query: request.query,
        action: `${of.noun.toLowerCase()}.removed`,
        target: `${of.noun.toLowerCase()}:${partId}`,
        before,
        change: (site) =>
          of.with(
            site,
            of.items(site).filter((known) => known.id !== partId),
          ),
      });
      return reply.status(204).send(null);
    },
  );
}

function found<Item extends Identified>(
  of: Pick<Part<Item>, 'items' | 'noun'>,
  site: Site,
  id: string,
): Item {
  const item = of.items(site).find((each) => each.id === id);
  if (item === undefined) throw new Problem('not-found', { detail: `no ${of.noun} ${id}` });
  return item;
}

function pointerOf<Item extends Identified>(
  of: Pick<Part<Item>, 'items' | 'list'>,
  site: Site,
  id: string,
): string {
  return `/${of.list}/${of.items(site).findIndex((each) => each.id === id)}`;
}
