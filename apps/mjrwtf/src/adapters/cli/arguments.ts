import { InvalidArgumentError, Option } from 'commander'
import { normalizeCode } from '../../domain/short-code.ts'
import { CliError } from './cli-error.ts'
import { printable } from './table.ts'

/** An option whose value is one of a list. */
export function choiceOption<Choice extends string>(
  flags: string,
  description: string,
  choices: readonly Choice[],
): Option {
  return new Option(flags, description).choices([...choices]).makeOptionMandatory()
}

/** `--limit`: how many entries to print. */
export function limitOption(fallback: number, max = 999_999): Option {
  return new Option('-l, --limit <number>', `how many to print, at most ${max}`)
    .argParser((text) => readLimit(text, max))
    .default(fallback)
}

function readLimit(text: string, max: number): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= max) return limit
  throw new InvalidArgumentError(`Use a number from 1 to ${max}.`)
}

/** The short code of a short URL, also of its preview; other text as it is. */
export function codeIn(text: string): string {
  const path = /^https?:/i.test(text) ? decodePath(URL.parse(text)?.pathname ?? '') : text
  return normalizeCode(path.replace(/^\//, '').replace(/\+$/, ''))
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** The error of a command whose account does not exist. */
export function noAccount(email: string): CliError {
  return new CliError(`No account has the email ${printable(email)}. Nothing was changed.`)
}

/** An id, or `null` for `--all`. Exactly one of the two. */
export function oneOrAll(id: string | undefined, all: boolean | undefined): string | null {
  if ((id === undefined) === (all !== true)) {
    throw new CliError('mjrwtf: give an id, or --all', { exitCode: 2 })
  }
  return id ?? null
}
