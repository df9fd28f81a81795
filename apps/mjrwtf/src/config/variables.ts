import type { Parse } from './values.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** One variable whose value cannot be used. */
export interface ConfigProblem {
  readonly variable: string
  /** The value that was given, masked where it is secret, or that there was none. */
  readonly value: string
  /** What would be accepted, in words. */
  readonly expected: string
}

export interface Variable<Value> {
  readonly parse: Parse<Value>
  /** What is accepted, in words. */
  readonly expected: string
  /** Stands for an absent or empty variable. */
  readonly fallback: Value
  /** How the value may be shown. Default: as it is. */
  readonly mask?: 'hidden' | ((text: string) => string)
}

/** Reads variables one by one and remembers what was wrong, each variable once. */
export interface Variables {
  /** The value; the fallback where there is none, or none that can be used. */
  read<Value>(name: string, variable: Variable<Value>): Value
  isSet(name: string): boolean
  /** Notes that a value cannot be used together with others. */
  reject(name: string, expected: string): void
  problems(): readonly ConfigProblem[]
}

export function createVariables(environment: Environment): Variables {
  const problems = new Map<string, ConfigProblem>()
  const masks = new Map<string, Variable<unknown>['mask']>()
  const textOf = (name: string) => (environment[name] ?? '').trim()

  function reject(name: string, expected: string): void {
    if (problems.has(name)) return
    const value = masked(textOf(name), masks.get(name))
    problems.set(name, { variable: name, value, expected })
  }

  return {
    read(name, { parse, expected, fallback, mask }) {
      masks.set(name, mask)
      const text = textOf(name)
      if (text === '') return fallback
      const value = parse(text)
      if (value === null) reject(name, expected)
      return value ?? fallback
    },
    isSet: (name) => textOf(name) !== '',
    reject,
    problems: () => [...problems.values()],
  }
}

function masked(text: string, mask: Variable<unknown>['mask']): string {
  if (text === '') return '(nothing)'
  if (mask === 'hidden') return `(hidden, ${text.length} characters)`
  const visible = mask === undefined ? text : mask(text)
  // One line whatever it holds: this is printed.
  return JSON.stringify(visible.slice(0, 200)).slice(1, -1)
}
