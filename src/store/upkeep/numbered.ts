/** What the tables of requests to a station have in common: a number, an owner, an end. */
import { type Kysely, sql } from 'kysely';
import type { StationId } from '../../../solver/index.js';
import { fromCursor, toCursor } from '../cursor.js';
import type { Page } from '../ports.js';
import type { Database } from '../schema.js';
import type { UpkeepQuery } from './ports.js';

interface NumberedRow {
  readonly id: number;
}

/** Columns and what to write into them; an undefined value leaves its column out. */
type Columns = Readonly<Record<string, unknown>>;

interface NumberedTable<Stored, Row extends NumberedRow> {
  readonly name: string;
  /** From the row as PostgreSQL gives it. */
  read(stored: Stored): Row;
}

/** Newest first, by the number that one sequence gives. */
export function numberedTable<Stored, Row extends NumberedRow>(
  db: Kysely<Database>,
  { name, read }: NumberedTable<Stored, Row>,
) {
  const table = sql.table(name);
  const many = async (query: ReturnType<typeof sql<Stored>>): Promise<readonly Row[]> =>
    (await query.execute(db)).rows.map(read);

  return {
    async insert(columns: Columns): Promise<Row> {
      const given = Object.entries(columns).filter(([, value]) => value !== undefined);
      const names = sql.join(given.map(([column]) => sql.ref(column)));
      const values = sql.join(given.map(([, value]) => value));
      const rows = await many(
        sql<Stored>`insert into ${table} (${names}) values (${values}) returning *`,
      );
      const [row] = rows;
      if (row === undefined) throw new Error(`nothing inserted into ${name}`);
      return row;
    },
    async update(id: number, columns: Columns): Promise<Row | undefined> {
      const given = Object.entries(columns).filter(([, value]) => value !== undefined);
      const sets = sql.join(given.map(([column, value]) => sql`${sql.ref(column)} = ${value}`));
      const [row] = await many(
        sql<Stored>`update ${table} set ${sets} where id = ${id} and ended_at is null returning *`,
      );
      return row;
    },
    async find(tenantId: string, id: number): Promise<Row | undefined> {
      const [row] = await many(
        sql<Stored>`select * from ${table} where tenant_id = ${tenantId} and id = ${id}`,
      );
      return row;
    },
    async list({ tenantId, stationId, limit, after }: UpkeepQuery): Promise<Page<Row>> {
      const ofStation = stationId === undefined ? sql`` : sql` and station_id = ${stationId}`;
      const below = after === undefined ? sql`` : sql` and id < ${fromCursor(after, 'number').id}`;
      const rows = await many(sql<Stored>`
        select * from ${table} where tenant_id = ${tenantId}${ofStation}${below}
        order by id desc limit ${limit + 1}`);
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      const isMore = rows.length > limit && last !== undefined;
      return { items, ...(isMore ? { next: toCursor({ atMs: 0, id: last.id }) } : {}) };
    },
    open(stationId?: StationId): Promise<readonly Row[]> {
      const ofStation = stationId === undefined ? sql`` : sql` and station_id = ${stationId}`;
      return many(
        sql<Stored>`select * from ${table} where ended_at is null${ofStation} order by id`,
      );
    },
  };
}

/** Whose a row is, as columns. */
export function ownerColumns(owner: {
  readonly tenantId: string;
  readonly siteId: string;
  readonly stationId: string;
  readonly actor: string;
}): Columns {
  return {
    tenant_id: owner.tenantId,
    site_id: owner.siteId,
    station_id: owner.stationId,
    actor: owner.actor,
  };
}
