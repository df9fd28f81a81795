/** A value that JSON carries unchanged. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined }

/**
 * `Data` if a session can store it: if JSON carries it unchanged. Otherwise nothing can be assigned to it, and
 * the compiler shows a text that names the part and what to store instead. Types and interfaces, optional
 * properties, unions, branded strings, tuples and readonly arrays are accepted. Parts of type `unknown` or
 * `any`, and those nested more than six levels deep, are checked at run time only.
 */
export type Storable<Data> = Data & Checked<NoInfer<Data>>

/** A required property whose name is the text: a text alone would have the methods of strings. */
type Checked<Data> = [Problem<Data>] extends [never]
  ? unknown
  : { readonly [Text in Problem<Data>]: never }

/** What a session cannot store of the data: a union of texts, or `never`. */
type Problem<
  Data,
  Path extends string = 'data',
  Depth extends unknown[] = [],
> = unknown extends Data
  ? never
  : Data extends string | number | boolean | null
    ? never
    : Data extends object
      ? ObjectProblem<Data, Path, Depth>
      : Data extends undefined
        ? `${Path} is undefined: store null`
        : Data extends bigint
          ? `${Path} is a bigint: store a string`
          : `${Path} is a symbol: store a string`

type ObjectProblem<
  Data extends object,
  Path extends string,
  Depth extends unknown[],
> = Data extends Date
  ? `${Path} is a Date: store a number or an ISO string`
  : Data extends ReadonlyMap<unknown, unknown>
    ? `${Path} is a Map: store an object`
    : Data extends ReadonlySet<unknown>
      ? `${Path} is a Set: store an array`
      : Data extends ArrayBufferView | ArrayBuffer
        ? `${Path} is a buffer: store a base64 string`
        : Data extends (...args: never) => unknown
          ? `${Path} is a function: store its result`
          : Depth['length'] extends 6
            ? never
            : PartProblem<Data, Path, [...Depth, unknown]>

type PartProblem<
  Data extends object,
  Path extends string,
  Depth extends unknown[],
> = Data extends readonly (infer Item)[]
  ? Problem<Item, `${Path}[]`, Depth>
  : keyof Data & symbol extends never
    ? PropertyProblem<Data, Path, Depth>[keyof Data]
    : `${Path} has a property named by a symbol: use a string`

/** JSON omits a property whose value is `undefined`, as if it were absent. */
type PropertyProblem<Data extends object, Path extends string, Depth extends unknown[]> = {
  readonly [Key in keyof Data]-?: Problem<
    Exclude<Data[Key], undefined>,
    `${Path}${KeyPath<Key>}`,
    Depth
  >
}

/** `[]` for the keys of an index signature. */
type KeyPath<Key> =
  Record<never, never> extends Record<Key & PropertyKey, unknown>
    ? '[]'
    : `.${Key & (string | number)}`
