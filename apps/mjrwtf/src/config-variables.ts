import type { Parse } from './config-values.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** One variable whose value cannot be used. */
export interface ConfigProblem {
  readonly variable: string
  /** The value that was given, masked where it is secret, or that there was none. */
  readonly given: string
  /** What would be accepted, in words. */
  readonly accepted: string
}

export interface Variable<Value> {
  readonly parse: Parse<Value>
  /** What is accepted, in words. */
  readonly accepted: string
  /** Stands for an absent or empty variable. */
  readonly fallback: Value
  /** How the value may be shown. Default: as it is. */
  readonly mask?: 'hidden' | ((text: string) => string)
}

/** Reads variables one by one and remembers what was wrong, each variable once. */
export interface Variables {
  /** The value; the fallback where there is none, or none that can be used. */
  read<Value>(name: string, variable: Variable<Value>): Value
  isGiven(name: string): boolean
  /** Notes that a value cannot be used together with others. */
  refuse(name: string, accepted: string): void
  problems(): readonly ConfigProblem[]
}

export function createVariables(environment: Environment): Variables {
  const problems = new Map<string, ConfigProblem>()
  const masks = new Map<string, Variable<unknown>['mask']>()
  const textOf = (name: string) => (environment[name] ?? '').trim()

  function refuse(name: string, accepted: string): void {
    if (problems.has(name)) return
    const given = shown(textOf(name), masks.get(name))
    problems.set(name, { variable: name, given, accepted })
  }

  return {
    read(name, { parse, accepted, fallback, mask }) {
      masks.set(name, mask)
      const text = textOf(name)
      if (text === '') return fallback
      const value = parse(text)
      if (value === null) refuse(name, accepted)
      return value ?? fallback
    },
    isGiven: (name) => textOf(name) !== '',
    refuse,
    problems: () => [...problems.values()],
  }
}

function shown(text: string, mask: Variable<unknown>['mask']): string {
  if (text === '') return '(nothing)'
  if (mask === 'hidden') return `(hidden, ${text.length} characters)`
  const visible = mask === undefined ? text : mask(text)
  // One line whatever it holds: this is printed.
  return JSON.stringify(visible.slice(0, 200)).slice(1, -1)
}
