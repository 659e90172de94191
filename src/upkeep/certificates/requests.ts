/** From SignCertificate to CertificateSigned: A02, A03; 1.6 security extension. */
import type { X509Certificate } from 'node:crypto';
import type { StationId } from '../../../solver/index.js';
import { CHAIN_LENGTH_MAX, certificateSigned } from '../../ocpp/requests/certificate.js';
import { stationAt, type StationAt, type UpkeepDeps } from '../ports.js';
import { callStation, onlineVersion } from '../station-call.js';
import { signCsr } from './authority.js';
import type { CertificateRequest, SigningUse } from './certificate.js';
import type { SigningAsk } from '../../ocpp/ports.js';
import { chainFault, oneLine, readChain } from './chain.js';
import { checkCsr, csrKey, type CsrRules, wrongSubject } from './csr.js';
import { hashDataOf } from './hash-data.js';

const ACTOR = 'system';
/** A station that asks faster than this is told no without a row. */
const REQUEST_EVERY_MS = 1000;
/** CertificateSigned goes out again after a silence: pauses double from the first to the last. */
const RETRY_FIRST_MS = 30_000;
const RETRY_LAST_MS = 3_600_000;
const ATTEMPTS_MAX = 12;

/** Stores a station's request; why it is refused, or undefined where it will be looked after. */
export async function takeSigningRequest(
  deps: UpkeepDeps,
  stationId: StationId,
  ask: SigningAsk,
): Promise<string | undefined> {
  const { certificateRequests } = deps.store.upkeep;
  const station = stationAt(deps, stationId);
  if (station === undefined) return 'the station is not provisioned';
  if (deps.settings.certificateSigning === 'off') return 'certificates are not signed here';
  const { tenantId } = station.site;
  const nowMs = deps.clock.nowMs();
  const [newest] = (await certificateRequests.list({ tenantId, stationId, limit: 1 })).items;
  if (newest !== undefined && newest.createdAtMs > nowMs - REQUEST_EVERY_MS) {
    return 'one request a second';
  }
  const checked = await checkCsr(ask.csrPem, rulesOf(deps, station));
  const { subject, keyKind } = checked;
  const isGood = checked.status === 'good';
  if (isGood) await supersede(deps, stationId, ask.use);
  await certificateRequests.create({
    tenantId,
    siteId: station.site.id,
    stationId,
    actor: `station:${stationId}`,
    ...ask,
    subject: oneLine(subject),
    keyKind,
    status: isGood ? 'pending' : 'refused',
    ...(isGood ? {} : { detail: checked.reason }),
    notBeforeMs: nowMs,
  });
  return isGood ? undefined : checked.reason;
}

/**
 * A serial number is only the station's word. Our own door takes identities alone, so that a
 * certificate of ours for a serial number could only ever open it for a station yet to come; what an
 * operator signs elsewhere may name one that is no station's identity.
 */
function rulesOf(deps: UpkeepDeps, { stationId, state }: StationAt): CsrRules {
  const { certificateOrganisation: organisation, certificateSigning } = deps.settings;
  const serial = certificateSigning === 'operator' ? state?.serial : undefined;
  const isForeign = deps.engine
    .sites()
    .some((site) => site.stations.some(({ id }) => id !== stationId && id === serial));
  const names = serial === undefined || isForeign ? [stationId] : [stationId, serial];
  return { names: [...new Set(names)], ...(organisation === undefined ? {} : { organisation }) };
}

async function supersede(deps: UpkeepDeps, stationId: StationId, use: SigningUse): Promise<void> {
  const { certificateRequests } = deps.store.upkeep;
  for (const { id, use: itsUse } of await certificateRequests.open(stationId)) {
    if (itsUse !== use) continue;
    const endedAtMs = deps.clock.nowMs();
    await certificateRequests.change(id, { status: 'superseded', endedAtMs });
  }
}

/** Why an operator's chain does not answer this request; undefined once it is on its way. */
export async function takeChain(
  deps: UpkeepDeps,
  request: CertificateRequest,
  upload: { readonly chainPem: string; readonly actor: string },
): Promise<string | undefined> {
  const chain = readChain(upload.chainPem);
  if ('broken' in chain) return chain.broken;
  const chainPem = chain.certificates.map((it) => it.toString().trim()).join('\n');
  if (chainPem.length > CHAIN_LENGTH_MAX) {
    return `the chain has ${chainPem.length} characters; a message carries ${CHAIN_LENGTH_MAX}`;
  }
  const asked = { publicKeySpki: csrKey(request.csrPem), atMs: deps.realNowMs() };
  const fault = chainFault(chain.certificates, asked);
  if (fault !== undefined) return fault;
  const misnamed = misnamedFor(deps, request, chain.certificates);
  if (misnamed !== undefined) return misnamed;
  const { actor } = upload;
  const notBeforeMs = deps.clock.nowMs();
  const change = { status: 'signed', chainPem, actor, notBeforeMs } as const;
  const changed = await deps.store.upkeep.certificateRequests.change(request.id, change);
  return changed === undefined ? 'the request has ended' : undefined;
}

/** With another station's name it would open the door to that one. */
function misnamedFor(
  deps: UpkeepDeps,
  { stationId, use }: CertificateRequest,
  [leaf]: readonly X509Certificate[],
): string | undefined {
  const station = stationAt(deps, stationId);
  if (use !== 'station' || station === undefined || leaf === undefined) return undefined;
  const fault = wrongSubject(leaf.toString(), rulesOf(deps, station));
  return fault === undefined ? undefined : `the first certificate: ${fault}`;
}

/** Signs what waits for our authority, and delivers what is signed. */
export async function lookAtRequests(deps: UpkeepDeps): Promise<void> {
  const { certificateRequests } = deps.store.upkeep;
  for (const request of await certificateRequests.open()) {
    const signed = request.status === 'pending' ? await sign(deps, request) : request;
    if (signed?.status === 'signed') await deliver(deps, signed);
  }
}

async function sign(
  deps: UpkeepDeps,
  request: CertificateRequest,
): Promise<CertificateRequest | undefined> {
  if (deps.settings.certificateSigning !== 'installation' || request.use !== 'station') {
    return undefined;
  }
  const { certificateRequests } = deps.store.upkeep;
  const station = stationAt(deps, request.stationId);
  if (station === undefined) return undefined;
  const checked = await checkCsr(request.csrPem, rulesOf(deps, station));
  const endedAtMs = deps.clock.nowMs();
  if (checked.status === 'bad') {
    const change = { status: 'refused', detail: checked.reason, endedAtMs } as const;
    return certificateRequests.change(request.id, change);
  }
  const chainPem = await signCsr(deps, checked.csr);
  return certificateRequests.change(request.id, { status: 'signed', chainPem, actor: ACTOR });
}

/** The same chain twice does no harm: a station that has it answers as before. */
async function deliver(deps: UpkeepDeps, request: CertificateRequest): Promise<void> {
  const { certificateRequests } = deps.store.upkeep;
  const { chainPem, attempts, id } = request;
  const station = stationAt(deps, request.stationId);
  const version = station === undefined ? undefined : onlineVersion(station);
  const nowMs = deps.clock.nowMs();
  if (station === undefined || version === undefined) return;
  if (chainPem === undefined || request.notBeforeMs > nowMs) return;
  const call = certificateSigned(version, { ...request, chainPem });
  const end = await callStation(deps, station, call, request.actor);
  if (end.status === 'accepted') {
    await remember(deps, request, chainPem);
    await certificateRequests.change(id, { status: 'installed', endedAtMs: nowMs });
    return;
  }
  const { detail } = end;
  if (end.status === 'refused' || attempts + 1 >= ATTEMPTS_MAX) {
    await certificateRequests.change(id, { status: 'rejected', detail, endedAtMs: nowMs });
    return;
  }
  const pauseMs = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** attempts);
  const notBeforeMs = nowMs + pauseMs;
  await certificateRequests.change(id, { attempts: attempts + 1, notBeforeMs, detail });
}

/** The station's own certificate, with the day on which it ends. */
async function remember(
  deps: UpkeepDeps,
  request: CertificateRequest,
  chainPem: string,
): Promise<void> {
  const chain = readChain(chainPem);
  if ('broken' in chain) return;
  const [leaf, issuer] = chain.certificates;
  if (leaf === undefined) return;
  const { tenantId, siteId, stationId, use, actor } = request;
  await deps.store.upkeep.certificates.put({
    tenantId,
    siteId,
    stationId,
    actor,
    type: use,
    source: 'sent',
    ...(issuer && { hashData: await hashDataOf(leaf.toString(), issuer.toString()) }),
    pem: leaf.toString(),
    subject: oneLine(leaf.subject),
    issuer: oneLine(leaf.issuer),
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    validFromMs: Date.parse(leaf.validFrom),
    validToMs: Date.parse(leaf.validTo),
    seenAtMs: deps.clock.nowMs(),
  });
}
