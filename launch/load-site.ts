/** The virtual site of a demo: the project's own site file, or a network file of ACN form. */
import { readFile } from 'node:fs/promises';
import { type Rating, type SiteFile, parseSiteFile } from '../simulator/site-file.js';
import { importNetwork } from '../solver/index.js';
import { checkSiteFile } from './site-schema.js';

/** Throws with the flag, the file and what is wrong in it when it is not understood. */
export async function loadSite(path: string, capacityKva: number | undefined): Promise<SiteFile> {
  const parsed = await readJson(path);
  if (typeof parsed === 'object' && parsed !== null && 'constraints' in parsed) {
    return fromNetwork(path, parsed, capacityKva);
  }
  const site = checked(path, parsed);
  return capacityKva === undefined ? site : scaleRoot(site, capacityKva);
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no such file' : cause.message;
    throw new Error(`--site: ${path}: ${why}`, { cause });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`--site: ${path}: is not JSON: ${String(cause)}`, { cause });
  }
}

/** Its form, and that its references hold together. */
function checked(path: string, parsed: unknown): SiteFile {
  try {
    return parseSiteFile(JSON.stringify(checkSiteFile(parsed)));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`--site: ${path}: ${why}`, { cause });
  }
}

function fromNetwork(path: string, file: object, capacityKva: number | undefined): SiteFile {
  const network = importNetwork(file, capacityKva === undefined ? {} : { capacityKva });
  if (network.status === 'refused') {
    const wrong = network.violations.map((it) => `${it.field}: ${it.message}`);
    throw new Error(`--site: ${path}: ${wrong.join('\n')}`);
  }
  const name = 'name' in file && typeof file.name === 'string' ? file.name : 'network';
  return {
    id: name,
    name,
    timeZone: 'America/Los_Angeles',
    supply: 'delta',
    voltageLineToNeutralV: network.voltageLineToNeutralV,
    voltageLineToLineV: network.voltageLineToLineV,
    circuits: network.circuits.map((circuit) => ({
      id: circuit.id,
      name: circuit.name,
      ...(circuit.parentId === undefined ? {} : { parentId: circuit.parentId }),
      limits: circuit.limits,
      baseLoadMaxA: circuit.baseLoadA,
    })),
    stations: network.evses.map((evse, index) => ({
      id: evse.id,
      version: index % 2 === 0 ? 'ocpp1.6' : 'ocpp2.0.1',
      evses: [
        {
          evseNumber: 1,
          circuitId: evse.circuitId,
          channels: evse.channels,
          currentMaxA: evse.currentMaxA,
          pilots: evse.pilots,
        },
      ],
    })),
  };
}

/** The grid connection of a three-phase site at another capacity: S / 3 / V per phase. */
function scaleRoot(site: SiteFile, capacityKva: number): SiteFile {
  const limitA = (capacityKva * 1000) / 3 / site.voltageLineToNeutralV;
  const [root, ...others] = site.circuits;
  if (root?.limits.some((limit) => limit.kind === 'delta-primary')) {
    const limits = root.limits.map((limit) => scaleTransformer(limit, site, capacityKva));
    return { ...site, circuits: [{ ...root, limits }, ...others] };
  }
  if (root === undefined || root.limits.length !== 1 || root.limits[0]?.kind !== 'wye') {
    throw new Error('--capacity-kva: the grid connection of this site is not three-phase wye');
  }
  return {
    ...site,
    circuits: [{ ...root, limits: [{ kind: 'wye', limitA: [limitA, limitA, limitA] }] }, ...others],
  };
}

/** Nominal line currents of a transformer of this size, on its secondary and its primary side. */
function scaleTransformer(limit: Rating, site: SiteFile, capacityKva: number): Rating {
  const perPhaseVa = (capacityKva * 1000) / 3;
  const secondaryA = perPhaseVa / site.voltageLineToNeutralV;
  if (limit.kind === 'line') return { ...limit, limitA: [secondaryA, secondaryA, secondaryA] };
  if (limit.kind !== 'delta-primary') return limit;
  const primaryA = (secondaryA * Math.sqrt(3)) / limit.turnsRatio;
  return { ...limit, limitA: [primaryA, primaryA, primaryA] };
}
