/** The Caltech garage as a site file, from its public network file, for tests on real data. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SiteFile, Triple } from '../../simulator/site-file.js';

interface AcnNetwork {
  readonly evses: readonly {
    readonly id: string;
    readonly connection: 'AB' | 'BC' | 'CA';
    readonly max_rate_A: number;
    readonly allowable_pilots_A: readonly number[];
  }[];
  readonly constraints: readonly {
    readonly name: string;
    readonly limit_A: number;
    readonly coefficients: Readonly<Record<string, number>>;
  }[];
}

const PAIRS = ['AB', 'BC', 'CA'] as const;

/** Undefined, with a line on the console, where the data is not at hand. */
export function sharedFile(path: string): string | undefined {
  const file = join(process.env['BUSBAR_SHARED'] ?? '../shared', 'data', path);
  if (existsSync(file)) return file;
  console.log(`${file} is absent: this test runs on the project's own cases only`);
  return undefined;
}

/** A transformer of `kva` feeds 120 / 208 V lines from a 480 V delta; two pods hang below it. */
export function caltechSite(networkFile: string, kva: number): SiteFile {
  const network = JSON.parse(readFileSync(networkFile, 'utf8')) as AcnNetwork;
  const pods = network.constraints.filter(({ name }) => name.endsWith('Pod'));
  const all = (value: number): Triple<number> => [value, value, value];
  const circuits = pods.map((pod) => ({
    id: pod.name,
    name: pod.name,
    parentId: 'transformer',
    limits: [{ kind: 'pair-sum', pair: 0, limitA: pod.limit_A } as const],
    baseLoadMaxA: all(0),
  }));
  return {
    id: 'caltech',
    name: 'Caltech garage',
    timeZone: 'America/Los_Angeles',
    supply: 'delta',
    voltageLineToNeutralV: 120,
    voltageLineToLineV: 208,
    circuits: [
      {
        id: 'transformer',
        name: 'Transformer',
        limits: [
          { kind: 'line', limitA: all((kva * 1000) / 3 / 120) },
          { kind: 'delta-primary', limitA: all((kva * 1000) / 3 / 277), turnsRatio: 4 },
        ],
        baseLoadMaxA: all(0),
      },
      ...circuits,
    ],
    stations: network.evses.map((evse) => ({
      id: evse.id,
      evses: [
        {
          evseNumber: 1,
          circuitId:
            pods.find(({ coefficients }) => coefficients[evse.id] !== undefined)?.name ??
            'transformer',
          channels: [
            evse.connection === PAIRS[0],
            evse.connection === PAIRS[1],
            evse.connection === PAIRS[2],
          ],
          currentMaxA: evse.max_rate_A,
          pilots: { kind: 'set', valuesA: evse.allowable_pilots_A.filter((value) => value > 0) },
        },
      ],
    })),
  };
}
