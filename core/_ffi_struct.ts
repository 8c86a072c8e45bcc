/**
 * C's structs over a `DataView`: laid out as the compilers of 64-bit systems do it, each field at a
 * multiple of its own size, little-endian as every machine that Deno runs on.
 */

const scalars = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  u64: 8,
  i64: 8,
  /** `size_t` and pointers. */
  usize: 8,
} as const;

type Scalar = keyof typeof scalars;

/** The type of a field: a number, or so many bytes. */
export type FieldType = Scalar | { readonly bytes: number };

/** What a field holds in TypeScript. */
export type FieldValue<T extends FieldType> = T extends "u64" | "i64" | "usize" ? bigint
  : T extends Scalar ? number
  : Uint8Array<ArrayBuffer>;

/** The layout of a struct: where its fields are, and how to read and write it whole. */
export interface Struct<F extends Readonly<Record<string, FieldType>>> {
  /** `sizeof`, padding at its end included. */
  readonly size: number;
  /** Where each field begins: for those that read one field of many structs. */
  readonly offsets: { readonly [name in keyof F]: number };
  /** A new buffer with the fields that are given; all else is zero. */
  encode(fields: { readonly [name in keyof F]?: FieldValue<F[name]> }): Uint8Array<ArrayBuffer>;
  /** All fields of the struct that begins at an offset of a buffer, 0 by default; bytes are copied. */
  decode(from: Uint8Array, offset?: number): { [name in keyof F]: FieldValue<F[name]> };
}

/**
 * Lays a struct out.
 *
 * @param fields Its fields in C's order.
 * @param options `packed`: without padding, as `__attribute__((packed))`.
 */
export function struct<const F extends Readonly<Record<string, FieldType>>>(
  fields: F,
  { packed = false }: { packed?: boolean } = {},
): Struct<F> {
  const offsets: Record<string, number> = {};
  let end = 0;
  let widest = 1;
  for (const [name, type] of Object.entries(fields)) {
    const unit = packed || typeof type !== "string" ? 1 : scalars[type];
    offsets[name] = roundUp(end, unit);
    end = offsets[name] + (typeof type === "string" ? scalars[type] : type.bytes);
    widest = Math.max(widest, unit);
  }
  const size = roundUp(end, widest);
  return {
    size,
    offsets: offsets as Struct<F>["offsets"],
    encode(values) {
      const bytes = new Uint8Array(size);
      const view = new DataView(bytes.buffer);
      for (const [name, value] of Object.entries(values)) {
        write(view, { offset: offsets[name]!, type: fields[name]!, value });
      }
      return bytes;
    },
    decode(from, offset = 0) {
      const view = new DataView(from.buffer, from.byteOffset + offset, size);
      const values = Object.entries(fields).map((
        [name, type],
      ) => [name, read(view, { offset: offsets[name]!, type })]);
      return Object.fromEntries(values);
    },
  };
}

interface Place {
  readonly offset: number;
  readonly type: FieldType;
}

function read(view: DataView, { offset, type }: Place): unknown {
  if (typeof type !== "string") {
    return new Uint8Array(view.buffer, view.byteOffset + offset, type.bytes).slice();
  }
  return view[`get${accessors[type]}`](offset, true);
}

function write(view: DataView, { offset, type, value }: Place & { value: unknown }): void {
  if (typeof type === "string") {
    view[`set${accessors[type]}`](offset, value as never, true);
    return;
  }
  const bytes = value as Uint8Array;
  if (bytes.length > type.bytes) {
    const so = `they fill ${type.bytes} at most`;
    throw new RangeError(`Cannot put ${bytes.length} bytes into a struct's field: ${so}`);
  }
  new Uint8Array(view.buffer, view.byteOffset + offset, type.bytes).set(bytes);
}

function roundUp(offset: number, unit: number): number {
  return Math.ceil(offset / unit) * unit;
}

const accessors = {
  u8: "Uint8",
  i8: "Int8",
  u16: "Uint16",
  i16: "Int16",
  u32: "Uint32",
  i32: "Int32",
  u64: "BigUint64",
  i64: "BigInt64",
  usize: "BigUint64",
} as const;
