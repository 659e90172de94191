/** `busbar prices`: a day-ahead file to a site of a running service. */
import { readFileSync } from 'node:fs';
import type { Api } from './api-client.js';
import { CommandFailure, EXIT, messageOf, type Output } from './output.js';

interface Known {
  readonly series: readonly { readonly at: string }[];
  readonly endsAt: string;
}

export async function loadPrices(
  api: Api,
  output: Output,
  ask: { readonly siteId: string; readonly file: string; readonly currency: string },
): Promise<void> {
  const path = `/v1/sites/${encodeURIComponent(ask.siteId)}/prices/day-ahead`;
  const query = new URLSearchParams({ currency: ask.currency });
  const text = readFile(ask.file);
  const answer = await api.upload(`${path}?${query.toString()}`, text, 'text/csv');
  const { importPrices } = answer as { readonly importPrices?: Known };
  output.result(answer, () => {
    const { series = [], endsAt = '' } = importPrices ?? {};
    return `${series.length} prices are known from ${series[0]?.at ?? '-'} to ${endsAt}`;
  });
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandFailure(`${path}: ${messageOf(error)}`, EXIT.usage);
  }
}
