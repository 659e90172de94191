import type { Kysely, Transaction } from 'kysely';
import type { Clock } from '../platform/ports.js';
import type { Database } from './schema.js';

/** What each door of the store needs. */
export interface StoreDeps {
  readonly db: Kysely<Database>;
  /** Site time: for how far back a load looks, and for instants nobody else gives. */
  readonly clock: Clock;
}

/** The database, or one transaction of it. */
export type Executor = Kysely<Database> | Transaction<Database>;
