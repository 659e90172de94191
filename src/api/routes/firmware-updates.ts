/** Firmware updates of stations. */
import type { FirmwareUpdate } from '../../upkeep/firmware/firmware.js';
import { type FirmwareAsk, startUpdate } from '../../upkeep/firmware/updates.js';
import { notInForce, readChain } from '../../upkeep/certificates/chain.js';
import { orUnavailable } from '../api-errors.js';
import type { App } from '../app.js';
import { principal } from '../auth/authenticate.js';
import type { Principal } from '../auth/principal.js';
import type { ApiContext } from '../context.js';
import { invalid } from '../problem.js';
import { defined } from '../render/defined.js';
import { instant, instantOrNone } from '../render/instant.js';
import { problems, WRITE_ONE } from '../route-schema.js';
import {
  type FirmwareUpdateAsk,
  type FirmwareUpdateBody,
  FirmwareUpdateCreate,
  FirmwareUpdatePage,
  FirmwareUpdateSchema,
} from '../schema/firmware.js';
import { changeOf, onlineStation } from '../upkeep-station.js';
import { write } from '../write.js';
import { numberedReads } from './numbered-reads.js';

export function firmwareUpdates(app: App, api: ApiContext): void {
  numberedReads(app, reads(api));

  app.post(
    '/v1/firmware-updates',
    {
      config: { access: 'admin' },
      schema: {
        summary: 'Update the firmware of a station',
        description:
          '201 also where the station refuses or does not answer: `status` and `detail` say so. ' +
          'An image kept here is served from an address of its own that expires.',
        tags: ['firmware'],
        body: FirmwareUpdateCreate,
        response: {
          201: FirmwareUpdateSchema,
          ...problems(...WRITE_ONE),
        },
      },
    },
    async (request, reply) => {
      const caller = principal(request);
      const { station } = onlineStation(api, caller, request.body.stationId);
      const ask = await askOf(api, caller, request.body);
      const { signing, ...shown } = ask;
      const row = await write(
        api,
        changeOf(station, caller, {
          action: 'firmware-update.asked',
          target: `station:${station.stationId}`,
          after: { ...shown, signed: signing !== undefined },
        }),
        () => startUpdate(api.upkeep, station, ask),
      );
      return reply.status(201).send(render(row));
    },
  );
}

/** How they are read. */
const reads = (api: ApiContext) => ({
  rows: () => api.store.upkeep.firmwareUpdates,
  path: '/v1/firmware-updates',
  nouns: ['firmware update', 'Firmware updates'] as const,
  tag: 'firmware',
  schema: FirmwareUpdateSchema,
  page: FirmwareUpdatePage,
  render,
});

async function askOf(
  api: ApiContext,
  { tenantId, actor }: Principal,
  body: FirmwareUpdateAsk,
): Promise<FirmwareAsk> {
  const { location, imageName, retries, retryIntervalSec } = body;
  if ((location === undefined) === (imageName === undefined)) {
    throw invalid('/location', 'give either location or imageName');
  }
  if (imageName !== undefined) {
    const image = await orUnavailable(api.store.upkeep.firmwareImages.find(tenantId, imageName));
    if (image === undefined) throw invalid('/imageName', `there is no image ${imageName}`);
  }
  const nowMs = api.clock.nowMs();
  const retrieveAtMs = body.retrieveAt === undefined ? nowMs : Date.parse(body.retrieveAt);
  const installAtMs = body.installAt === undefined ? undefined : Date.parse(body.installAt);
  if (installAtMs !== undefined && installAtMs < retrieveAtMs) {
    throw invalid('/installAt', `must not be before retrieveAt, ${instant(retrieveAtMs)}`);
  }
  const signing = signingOf(body, api.realNowMs());
  const tries = { retries, retryIntervalSec };
  return defined({ location, imageName, retrieveAtMs, installAtMs, signing, ...tries, actor });
}

/** A station refuses what is signed with a certificate out of force: to be told now saves the way. */
function signingOf(
  { signature, signingCertificatePem: pem }: FirmwareUpdateAsk,
  realNowMs: number,
): FirmwareAsk['signing'] {
  if (signature === undefined && pem === undefined) return undefined;
  if (signature === undefined) throw invalid('/signature', 'is missing beside the certificate');
  if (pem === undefined) throw invalid('/signingCertificatePem', 'is missing beside the signature');
  const chain = readChain(pem);
  if ('broken' in chain) throw invalid('/signingCertificatePem', chain.broken);
  const [certificate, second] = chain.certificates;
  if (certificate === undefined || second !== undefined) {
    const detail = `must be one certificate, not ${chain.certificates.length}`;
    throw invalid('/signingCertificatePem', detail);
  }
  const late = notInForce(certificate, realNowMs);
  if (late !== undefined) throw invalid('/signingCertificatePem', late);
  return { certificatePem: certificate.toString().trim(), signature };
}

function render(row: FirmwareUpdate): FirmwareUpdateBody {
  return defined({
    id: row.id,
    siteId: row.siteId,
    stationId: row.stationId,
    location: row.location,
    imageName: row.imageName,
    retrieveAt: instant(row.retrieveAtMs),
    installAt: instantOrNone(row.installAtMs),
    signed: row.isSigned,
    status: row.status,
    detail: row.detail,
    createdAt: instant(row.createdAtMs),
    updatedAt: instant(row.updatedAtMs),
    endedAt: instantOrNone(row.endedAtMs),
    actor: row.actor,
  });
}
