export interface Reference {
  readonly table: string
  readonly referenced: string
}

/** Orders tables so that each comes after those that it references. Otherwise by name. */
export function orderTables(
  tables: readonly string[],
  references: readonly Reference[],
): readonly string[] {
  const ordered = new Set<string>()
  function add(table: string): void {
    if (ordered.has(table)) return
    for (const { referenced } of references.filter((each) => each.table === table)) {
      if (referenced !== table && tables.includes(referenced)) add(referenced)
    }
    ordered.add(table)
  }
  for (const table of tables.toSorted()) add(table)
  return [...ordered]
}
