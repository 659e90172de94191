/**
 * A map that a step may change: it shares the entries of the state before until the first change, and
 * copies them then. Loops that change what they walk over walk over the entries of before.
 */
export class DraftMap<Key, Value> implements Map<Key, Value> {
  readonly [Symbol.toStringTag] = 'DraftMap';
  readonly #before: ReadonlyMap<Key, Value>;
  readonly #shaped: (value: Value) => Value;
  #own: Map<Key, Value> | undefined;
  #changes = 0;

  /** `shaped`: how what is put in is written, see `row-shapes.ts`. */
  constructor(before: ReadonlyMap<Key, Value>, shaped: (value: Value) => Value = (it) => it) {
    this.#before = before;
    this.#shaped = shaped;
  }

  /** What stands now; the map of before itself where nothing was changed. No change may follow. */
  closed(): ReadonlyMap<Key, Value> {
    return this.#own ?? this.#before;
  }

  /** How often something was put in or taken out. */
  get changes(): number {
    return this.#changes;
  }

  get size(): number {
    return this.closed().size;
  }

  get(key: Key): Value | undefined {
    return this.closed().get(key);
  }

  has(key: Key): boolean {
    return this.closed().has(key);
  }

  set(key: Key, value: Value): this {
    if (this.get(key) !== value || !this.has(key)) this.#changing().set(key, this.#shaped(value));
    return this;
  }

  delete(key: Key): boolean {
    return this.has(key) && this.#changing().delete(key);
  }

  clear(): void {
    this.#changes += 1;
    this.#own = new Map();
  }

  forEach(visit: (value: Value, key: Key, map: Map<Key, Value>) => void): void {
    for (const [key, value] of this.closed()) visit(value, key, this);
  }

  keys(): MapIterator<Key> {
    return this.closed().keys();
  }

  values(): MapIterator<Value> {
    return this.closed().values();
  }

  entries(): MapIterator<[Key, Value]> {
    return this.closed().entries();
  }

  [Symbol.iterator](): MapIterator<[Key, Value]> {
    return this.entries();
  }

  #changing(): Map<Key, Value> {
    this.#changes += 1;
    this.#own ??= new Map(this.#before);
    return this.#own;
  }
}
