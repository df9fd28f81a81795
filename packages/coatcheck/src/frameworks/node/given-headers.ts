import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http'

/** One header; several values are several lines of it. */
export type HeaderPair = readonly [name: string, value: OutgoingHttpHeader]

type InTurn = readonly OutgoingHttpHeader[]
type InPairs = readonly HeaderPair[]

/** Headers in each form that `writeHead` takes: by name, in turn, or in pairs, which Node's types leave out. */
export type GivenHeaders = OutgoingHttpHeaders | InTurn | InPairs

/** The headers as pairs, whatever form they were given in. */
export function pairsOf(given: GivenHeaders): InPairs {
  if (!isList(given)) return Object.entries(given).flatMap(([name, value]) => pair(name, value))
  if (isInPairs(given)) return given
  return given.flatMap((name, at) => (at % 2 === 0 ? pair(String(name), given[at + 1]) : []))
}

function pair(name: string, value: OutgoingHttpHeader | undefined): InPairs {
  return value === undefined ? [] : [[name, value]]
}

function isList(given: GivenHeaders): given is InTurn | InPairs {
  return Array.isArray(given)
}

function isInPairs(list: InTurn | InPairs): list is InPairs {
  return Array.isArray(list[0])
}
