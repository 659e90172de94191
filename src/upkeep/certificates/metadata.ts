/**
 * @peculiar/x509 resolves its parts with tsyringe, which asks the Reflect object for decorator metadata
 * and refuses to load without. This is the least that it needs; import it before the library.
 */
interface MetadataReflect {
  getMetadata?(key: unknown, target: object): unknown;
  getOwnMetadata?(key: unknown, target: object): unknown;
  defineMetadata?(key: unknown, value: unknown, target: object): void;
}

const reflect = Reflect as MetadataReflect & object;

if (reflect.getMetadata === undefined) {
  const known = new WeakMap<object, Map<unknown, unknown>>();
  const read = (key: unknown, target: object): unknown => known.get(target)?.get(key);
  reflect.getMetadata = read;
  reflect.getOwnMetadata = read;
  reflect.defineMetadata = (key, value, target) => {
    const own = known.get(target) ?? new Map<unknown, unknown>();
    known.set(target, own.set(key, value));
  };
}
