/** An object without its undefined fields: rows have nulls, the program has absent fields. */
export type Present<T> = {
  readonly [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key];
} & {
  readonly [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Present<T>;
}

/** Undefined for null. */
export function orAbsent<T>(value: T | null): T | undefined {
  return value ?? undefined;
}

/** Epoch ms of a timestamptz that may be null. */
export function msOrAbsent(value: Date | null): number | undefined {
  return value === null ? undefined : value.getTime();
}

/** The timestamptz of an instant that may be absent. */
export function dateOrAbsent(atMs: number | undefined): Date | undefined {
  return atMs === undefined ? undefined : new Date(atMs);
}
