/**
 * WebAssembly written instruction by instruction: what its bytes are made of. Opcodes as in the core
 * specification 2.0, section 5.4.
 */
export type Code = readonly number[];

/** Magic number and version. */
export const HEADER: Code = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
export const I32 = 0x7f;
export const V128 = 0x7b;

const LOCAL_GET = 0x20;
const LOCAL_SET = 0x21;
export const LOOP: Code = [0x03, 0x40];
export const END = 0x0b;
const BR_IF = 0x0d;
const I32_CONST = 0x41;
export const I32_ADD = 0x6a;
const I32_SUB = 0x6b;
const V128_LOAD = [0xfd, 0x00];
export const V128_LOAD64_SPLAT: Code = [0xfd, 0x0a];
export const V128_STORE: Code = [0xfd, 0x0b];
export const F64X2_NEG: Code = [0xfd, 0xed, 0x01];
export const F64X2_ADD: Code = [0xfd, 0xf0, 0x01];
export const F64X2_SUB: Code = [0xfd, 0xf1, 0x01];
export const F64X2_MUL: Code = [0xfd, 0xf2, 0x01];
export const F64X2_DIV: Code = [0xfd, 0xf3, 0x01];
/** The second where it is less, or more, than the first. */
export const F64X2_PMIN: Code = [0xfd, 0xf6, 0x01];
export const F64X2_PMAX: Code = [0xfd, 0xf7, 0x01];
export const V128_ZERO: Code = [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 0)];

/** Doubles are aligned to 8 bytes = 2^3. */
export const ALIGN = 3;

export const get = (local: number): number[] => [LOCAL_GET, ...leb(local)];
export const set = (local: number, ...value: number[]): number[] => [
  ...value,
  LOCAL_SET,
  ...leb(local),
];
export const add = (local: number, ...value: number[]): number[] =>
  set(local, ...get(local), ...value, I32_ADD);
export const constant = (value: number): number[] => [I32_CONST, ...signedLeb(value)];
export const load = (pointer: number, offset: number): number[] => [
  ...get(pointer),
  ...V128_LOAD,
  ALIGN,
  ...leb(offset),
];
/** Goes back to the start of the loop until the local is 0. */
export const countDown = (local: number): number[] => [
  ...set(local, ...get(local), ...constant(1), I32_SUB),
  ...get(local),
  BR_IF,
  0,
];

export function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...leb(Math.floor(value / 128))];
}

/** For values from 0 on. */
function signedLeb(value: number): number[] {
  return value < 64 ? [value] : [(value % 128) + 128, ...signedLeb(Math.floor(value / 128))];
}

/** `locals`: pairs of count and type. */
export function functionOf(locals: Code, code: Code): number[] {
  const body = [locals.length / 2, ...locals, ...code, END];
  return [...leb(body.length), ...body];
}

export function section(id: number, items: readonly Code[]): number[] {
  const content = [...leb(items.length), ...items.flat()];
  return [id, ...leb(content.length), ...content];
}

export const name = (text: string): number[] => [
  text.length,
  ...Array.from(text, (it) => it.charCodeAt(0)),
];
