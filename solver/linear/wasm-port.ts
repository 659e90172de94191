/** What is used of the platform's WebAssembly; the core has no types of any platform. */
interface WebAssemblyPort {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

/** Exports of a module; undefined where the platform has no WebAssembly, or no SIMD. */
export function openModule<Exports extends object>(bytes: Uint8Array): Exports | undefined {
  const port = (globalThis as { readonly WebAssembly?: WebAssemblyPort }).WebAssembly;
  if (port === undefined) return undefined;
  try {
    return new port.Instance(new port.Module(bytes)).exports as Exports;
  } catch {
    // A platform without SIMD refuses the module.
    return undefined;
  }
}
