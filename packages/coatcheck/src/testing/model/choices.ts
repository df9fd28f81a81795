/** Returns every combination of `count` items. */
export function choices<Item>(items: readonly Item[], count: number): readonly (readonly Item[])[] {
  if (count === 0) return [[]]
  return items.flatMap((item, index) =>
    choices(items.slice(index + 1), count - 1).map((rest) => [item, ...rest]),
  )
}

/** Returns every combination of any number of items. */
export function subsets<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const counts = Array.from({ length: items.length + 1 }, (_, count) => count)
  return counts.flatMap((count) => choices(items, count))
}
