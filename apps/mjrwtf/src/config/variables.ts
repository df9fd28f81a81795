import type { Parse } from './values.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Reads the file of a secret; `null` if it cannot be read. */
export type ReadSecretFile = (path: string) => string | null

/** A variable with an invalid value. */
export interface ConfigProblem {
  readonly variable: string
  /** The given value, masked if it is secret. */
  readonly value: string
  /** The accepted values, for the error message. */
  readonly expected: string
}

export interface Variable<Value> {
  readonly parse: Parse<Value>
  /** The accepted values, for the error message. */
  readonly expected: string
  /** The value of a missing or empty variable. */
  readonly fallback: Value
  /**
   * Set if the value can hold a secret: how error messages show it. Such a variable can also be read from the file that
   * the variable `…_FILE` names, as container platforms provide secrets.
   */
  readonly mask?: 'hidden' | ((text: string) => string)
  /** How `mjrwtf config` shows the fallback. Default: as text; `null` and empty values as "none". */
  readonly format?: (fallback: Value) => string
}

/** A variable that was read, for the operator. Contains no secret. */
export interface VariableReport {
  readonly name: string
  /** The value in use, masked if it is secret; the default if the variable is missing. */
  readonly value: string
  readonly source: 'environment' | 'file' | 'default'
  /** The file that `…_FILE` names; `null` unless it is the source. */
  readonly file: string | null
  /** Whether it can also be read from a file. */
  readonly isSecret: boolean
}

/** Reads variables and collects at most one problem for each. */
export interface Variables {
  /** The value, or the fallback if it is missing or invalid. */
  read<Value>(name: string, variable: Variable<Value>): Value
  isSet(name: string): boolean
  /** Reports a value as invalid in combination with others. */
  reject(name: string, expected: string): void
  problems(): readonly ConfigProblem[]
  /** All variables that were read, in that order. */
  reports(): readonly VariableReport[]
}

export function createVariables(
  environment: Environment,
  readSecretFile: ReadSecretFile,
): Variables {
  const problems = new Map<string, ConfigProblem>()
  const masks = new Map<string, Variable<unknown>['mask']>()
  const fileTexts = new Map<string, string>()
  const defaults = new Map<string, string>()
  const ownTextOf = (name: string) => (environment[name] ?? '').trim()
  const textOf = (name: string) => fileTexts.get(name) ?? ownTextOf(name)

  function reject(name: string, expected: string): void {
    if (problems.has(name)) return
    const value = masked(textOf(name), masks.get(name))
    problems.set(name, { variable: name, value, expected })
  }

  /** Reads the file of a variable that can hold a secret, once. */
  function readFile(name: string): void {
    const variable = `${name}_FILE`
    const path = ownTextOf(variable)
    if (path === '' || fileTexts.has(name)) return
    if (ownTextOf(name) !== '') reject(variable, `no file if ${name} is set too`)
    const text = readSecretFile(path)?.trim() ?? ''
    if (text === '') reject(variable, 'the path of a file that contains the value')
    else fileTexts.set(name, text)
  }

  function report([name, defaultText]: readonly [string, string]): VariableReport {
    const isSecret = masks.get(name) !== undefined
    const text = textOf(name)
    if (text === '') {
      return { name, value: defaultText, source: 'default', file: null, isSecret }
    }
    const value = masked(text, masks.get(name))
    if (!fileTexts.has(name)) return { name, value, source: 'environment', file: null, isSecret }
    return { name, value, source: 'file', file: ownTextOf(`${name}_FILE`), isSecret }
  }

  return {
    read(name, { parse, expected, fallback, mask, format = formatDefault }) {
      masks.set(name, mask)
      defaults.set(name, format(fallback))
      if (mask !== undefined) readFile(name)
      const text = textOf(name)
      if (text === '') return fallback
      const value = parse(text)
      if (value === null) reject(name, expected)
      return value ?? fallback
    },
    isSet: (name) => textOf(name) !== '',
    reject,
    problems: () => [...problems.values()],
    reports: () => [...defaults].map(report),
  }
}

function formatDefault(value: unknown): string {
  if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) return 'none'
  return String(value)
}

/** The error message for the operator, with one line for each invalid variable. */
export function formatProblems(problems: readonly ConfigProblem[]): string {
  const lines = problems.map(
    ({ variable, value, expected }) => `  ${variable}: got ${value}, expected ${expected}.`,
  )
  return ['Invalid configuration:', ...lines].join('\n')
}

function masked(text: string, mask: Variable<unknown>['mask']): string {
  if (text === '') return '(not set)'
  if (mask === 'hidden') return `(hidden, ${text.length} characters)`
  const visible = mask === undefined ? text : mask(text)
  // Escapes line breaks and control characters, because the result is printed.
  return JSON.stringify(visible.slice(0, 200)).slice(1, -1)
}
