/**
 * A process with a database of its own, for tests that kill it. Writes one JSON line per fact to
 * standard output. Arguments: data directory or `-` for a temporary one, then what to do.
 */
import { openDatabase } from '../../src/store/postgres/open-database.js';
import { createLog } from '../../src/platform/log.js';
import { siteId } from '../../solver/index.js';
import { siteOf, statusEvent } from './store-fixtures.js';
import { openTestStore } from './test-store.js';

const [dataDir = '-', task = 'idle'] = process.argv.slice(2);

function say(fact: object): void {
  process.stdout.write(`${JSON.stringify(fact)}\n`);
}

const database = await openDatabase({
  log: createLog({ level: 'error' }),
  ...(dataDir === '-' ? {} : { dataDir }),
});
// Before anyone is told that we are ready: a signal may follow at once.
process.once('SIGTERM', () => {
  void database
    .stop()
    .then(() => say({ stopped: true }))
    .finally(() => process.exit());
});
say({ ready: true, pid: database.pid(), dataDir: database.dataDir, url: database.url });

if (task === 'append') {
  const store = await openTestStore(database.url);
  const known = (await store.sites.list()).some((site) => site.id === 'child');
  if (!known) await store.sites.create(siteOf('child'), 'child');
  for (let evseNumber = 1; ; evseNumber += 1) {
    const [seq] = await store.inbox.append(siteId('child'), [statusEvent('st', evseNumber)]);
    say({ committed: seq });
  }
}

setInterval(() => undefined, 60_000);
