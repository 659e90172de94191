import { randomBytes } from 'node:crypto';
import type { StoreDeps } from './deps.js';

const KEY_BYTES = 32;

/** Each name is read once: keys never change. */
export function serverKeys({ db, clock }: StoreDeps): (name: string) => Promise<Buffer> {
  const known = new Map<string, Buffer>();
  const read = async (name: string): Promise<Buffer | undefined> => {
    const row = await db
      .selectFrom('server_keys')
      .select('value')
      .where('name', '=', name)
      .executeTakeFirst();
    return row?.value;
  };
  const create = async (name: string): Promise<Buffer> => {
    await db
      .insertInto('server_keys')
      .values({ name, value: randomBytes(KEY_BYTES), created_at: new Date(clock.nowMs()) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const { value } = await db
      .selectFrom('server_keys')
      .select('value')
      .where('name', '=', name)
      .executeTakeFirstOrThrow();
    return value;
  };
  return async (name) => {
    const key = known.get(name) ?? (await read(name)) ?? (await create(name));
    known.set(name, key);
    return key;
  };
}
