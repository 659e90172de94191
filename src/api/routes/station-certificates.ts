/** Certificates in stations: list, install, remove, ask again. */
import type { X509Certificate } from 'node:crypto';
import { stationId as asStationId } from '../../../solver/index.js';
import {
  certificateLengthMax,
  type InstalledType,
  installedTypes,
} from '../../ocpp/requests/certificate.js';
import type { OcppVersion } from '../../ocpp/messages.js';
import type { StationCertificate } from '../../upkeep/certificates/certificate.js';
import { notInForce, readChain } from '../../upkeep/certificates/chain.js';
import { install, refresh, remove } from '../../upkeep/certificates/installed.js';
import type { CallEnd } from '../../upkeep/station-call.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { ApiContext } from '../context.js';
import { invalid, Problem } from '../problem.js';
import { defined } from '../render/defined.js';
import { instant, instantOrNone } from '../render/instant.js';
import { problems, READ, READ_ONE, WRITE_ONE } from '../route-schema.js';
import {
  type CertificateBody,
  CertificateInstall,
  CertificateList,
  CertificateQuery,
  StationAnswer,
  StationCertificateParams,
} from '../schema/certificate.js';
import { StationParams } from '../schema/station.js';
import { changeOf, onlineStation, sent } from '../upkeep-station.js';
import { write } from '../write.js';

export function stationCertificates(app: App, api: ApiContext): void {
  listCertificates(app, api);
  installRoute(app, api);
  removeRoute(app, api);

  app.post(
    '/v1/charging-stations/:stationId/certificates/refresh',
    {
      config: { access: 'write' },
      schema: {
        summary: 'Ask a station which certificates it holds',
        description: 'What it does not list any more is forgotten here.',
        tags: ['certificates'],
        params: StationParams,
        response: { 200: StationAnswer, ...problems(...READ_ONE, 'conflict') },
      },
    },
    async (request) => {
      const caller = principal(request);
      const { station, version } = onlineStation(api, caller, request.params.stationId);
      const ask = { station, version, actor: caller.actor };
      const target = `station:${station.stationId}`;
      const change = changeOf(station, caller, { action: 'certificates.listed', target });
      return answer(await write(api, change, () => refresh(api.upkeep, ask)));
    },
  );
}

function listCertificates(app: App, api: ApiContext): void {
  app.get(
    '/v1/station-certificates',
    {
      config: { access: 'read' },
      schema: {
        summary: 'Certificates in stations, with the day on which each ends',
        tags: ['certificates'],
        querystring: CertificateQuery,
        response: { 200: CertificateList, ...problems(...READ) },
      },
    },
    async (request) => {
      const { tenantId } = principal(request);
      const { stationId, endsBefore } = request.query;
      const ofStation = stationId === undefined ? {} : { stationId: asStationId(stationId) };
      const { certificates } = api.store.upkeep;
      const all = await orUnavailable(certificates.list({ tenantId, ...ofStation }));
      const lastMs = endsBefore === undefined ? undefined : Date.parse(endsBefore);
      const shown = all.filter(
        ({ validToMs }) => lastMs === undefined || (validToMs !== undefined && validToMs < lastMs),
      );
      return { items: shown.map(render) };
    },
  );
}

function installRoute(app: App, api: ApiContext): void {
  app.post(
    '/v1/charging-stations/:stationId/certificates',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Install a root certificate in a station',
        tags: ['certificates'],
        params: StationParams,
        body: CertificateInstall,
        response: { 200: StationAnswer, ...problems(...WRITE_ONE) },
      },
    },
    async (request) => {
      const caller = principal(request);
      const { station, version } = onlineStation(api, caller, request.params.stationId);
      const { type } = request.body;
      checkType(version, type);
      const certificate = certificateOf(api, version, request.body.certificatePem);
      const ask = { station, version, actor: caller.actor };
      const change = changeOf(station, caller, {
        action: 'certificate.install-asked',
        target: `station:${station.stationId}`,
        after: { type, fingerprint: certificate.fingerprint256 },
      });
      return answer(
        await write(api, change, () => install(api.upkeep, ask, { type, certificate })),
      );
    },
  );
}

function removeRoute(app: App, api: ApiContext): void {
  app.delete(
    '/v1/charging-stations/:stationId/certificates/:id',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Remove a certificate from a station',
        tags: ['certificates'],
        params: StationCertificateParams,
        response: { 200: StationAnswer, ...problems(...READ_ONE, 'conflict') },
      },
    },
    async (request) => {
      const caller = principal(request);
      const { stationId, id } = request.params;
      const { station, version } = onlineStation(api, caller, stationId);
      const found = await orUnavailable(api.store.upkeep.certificates.find(caller.tenantId, id));
      if (found === undefined || found.stationId !== stationId) {
        throw new Problem('not-found', { detail: `${stationId} has no certificate ${id}` });
      }
      const { hashData } = found;
      if (hashData === undefined) {
        const detail = 'the station must be asked first how it names this certificate: refresh';
        throw new Problem('conflict', { detail });
      }
      const ask = { station, version, actor: caller.actor };
      const change = changeOf(station, caller, {
        action: 'certificate.removal-asked',
        target: `certificate:${id}`,
        before: render(found),
      });
      return answer(
        await write(api, change, () => remove(api.upkeep, ask, { ...found, hashData })),
      );
    },
  );
}

function checkType(version: OcppVersion, type: InstalledType): void {
  const types = installedTypes(version);
  if (!types.includes(type)) {
    throw invalid(
      '/type',
      `${version} knows ${types.filter((it) => it !== 'v2g-chain').join(', ')}`,
    );
  }
}

function certificateOf(api: ApiContext, version: OcppVersion, pem: string): X509Certificate {
  const pointer = '/certificatePem';
  const chain = readChain(pem);
  if ('broken' in chain) throw invalid(pointer, chain.broken);
  const [certificate, second] = chain.certificates;
  if (certificate === undefined || second !== undefined) {
    throw invalid(pointer, `must be one certificate, not ${chain.certificates.length}`);
  }
  const lengthMax = certificateLengthMax(version);
  if (certificate.toString().length > lengthMax) {
    throw invalid(pointer, `at most ${lengthMax} characters in ${version}`);
  }
  const late = notInForce(certificate, api.realNowMs());
  if (late !== undefined) throw invalid(pointer, late);
  return certificate;
}

function answer(end: CallEnd): { status: 'accepted' | 'refused' | 'unknown'; detail?: string } {
  const told = sent(end);
  return told.status === 'accepted'
    ? { status: told.status }
    : { status: told.status, detail: told.detail };
}

function render(row: StationCertificate): CertificateBody {
  return defined({
    id: row.id,
    siteId: row.siteId,
    stationId: row.stationId,
    type: row.type,
    source: row.source,
    hashData: row.hashData,
    subject: row.subject,
    issuer: row.issuer,
    fingerprint: row.fingerprint,
    validFrom: instantOrNone(row.validFromMs),
    validTo: instantOrNone(row.validToMs),
    pem: row.pem,
    seenAt: instant(row.seenAtMs),
    actor: row.actor,
  });
}
