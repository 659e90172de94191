/** The rows of a site's inbox that nobody has folded in yet. */
import type { SiteId } from '../../solver/index.js';
import type { Store } from '../store/ports.js';
import type { InboxItem } from './state.js';

const ROWS_PER_READ = 5000;

/** All of them, in sequence: a decision on a part of them would not know of a boot behind it (R0). */
export async function readBehind(
  inbox: Pick<Store['inbox'], 'read'>,
  siteId: SiteId,
  afterSeq: number,
): Promise<readonly InboxItem[]> {
  const rows: InboxItem[] = [];
  for (let after = afterSeq; ; ) {
    const page = await inbox.read(siteId, after, ROWS_PER_READ);
    rows.push(...page);
    const last = page.at(-1)?.seq;
    if (page.length < ROWS_PER_READ || last === undefined) return rows;
    after = last;
  }
}
