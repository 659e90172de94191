type Optionals<T> = { [K in keyof T]: undefined extends T[K] ? K : never }[keyof T];

export type Defined<T> = Omit<T, Optionals<T>> & {
  [K in Optionals<T>]?: Exclude<T[K], undefined>;
};

/** The same object without the keys whose value is absent. */
export function defined<T extends object>(object: T): Defined<T> {
  const present = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Defined<T>;
}
