import type { Environment, VariableReport } from './variables.ts'

/** A variable of the environment that the program does not read, with a name close to one that it reads. */
export interface MisspelledVariable {
  readonly name: string
  /** The name that was probably meant. */
  readonly similar: string
}

/** Read by the commands for users, and not by the server. */
const clientVariable = 'MJRWTF_SERVER'

/** Compares names only; values may be secrets. */
export function findMisspelled(
  environment: Environment,
  known: readonly Pick<VariableReport, 'name' | 'isSecret'>[],
): readonly MisspelledVariable[] {
  const ofServer = known.flatMap(({ name, isSecret }) =>
    isSecret ? [name, `${name}_FILE`] : [name],
  )
  const names = [...ofServer, clientVariable]
  const unknown = Object.keys(environment).filter((name) => !names.includes(name))
  return unknown.flatMap((name) => {
    const similar = findSimilar(name, names)
    return similar === undefined ? [] : [{ name, similar }]
  })
}

function findSimilar(name: string, names: readonly string[]): string | undefined {
  // A variable without a secret cannot be read from a file.
  const withoutFile = name.replace(/_FILE$/, '')
  if (names.includes(withoutFile)) return withoutFile
  const typed = comparable(name)
  return names.find((each) => distance(typed, comparable(each)) <= maxDistance(each))
}

/** Ignores case, and whether the name is plural. */
function comparable(name: string): string {
  return name
    .toUpperCase()
    .replace(/IES\b|Y\b/, 'I')
    .replace(/S$/, '')
}

/** Short names are close to too many others: HOME and HOST differ in two characters. */
function maxDistance(name: string): number {
  return name.length < 8 ? 1 : 2
}

/** How many characters must be inserted, removed, replaced or swapped with the next one (optimal string alignment). */
function distance(from: string, to: string): number {
  let beforePrevious: readonly number[] = []
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [row, character] of [...from].entries()) {
    const current = [row + 1]
    for (const [column, other] of [...to].entries()) {
      const isSwapped = row > 0 && character === to[column - 1] && from[row - 1] === other
      current.push(
        Math.min(
          at(previous, column) + (character === other ? 0 : 1),
          at(previous, column + 1) + 1,
          at(current, column) + 1,
          ...(isSwapped ? [at(beforePrevious, column - 1) + 1] : []),
        ),
      )
    }
    beforePrevious = previous
    previous = current
  }
  return at(previous, to.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Number.POSITIVE_INFINITY
}
