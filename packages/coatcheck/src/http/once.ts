/** Makes a value when it is first asked for, and gives that one from then on. */
export function once<Value>(create: () => Value): () => Value {
  let cached: { readonly value: Value } | null = null
  return () => {
    cached ??= { value: create() }
    return cached.value
  }
}
