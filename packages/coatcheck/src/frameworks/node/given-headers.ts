import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { ResponseHeader } from '../../http/response-header.ts'

/** Names and values in turn. */
type InTurn = readonly OutgoingHttpHeader[]
type InPairs = readonly (readonly [name: string, value: OutgoingHttpHeader])[]

/** Headers in each form that `writeHead` takes: by name, in turn, or in pairs, which Node's types leave out. */
export type GivenHeaders = OutgoingHttpHeaders | InTurn | InPairs

/**
 * What a route gives and ours as one list, in which a name may stand twice: our cookies beside the
 * route's, wherever it has put them, and of every other name only ours. Node merges and checks the list.
 */
export function withOurs(
  response: ServerResponse,
  given: GivenHeaders,
  ours: readonly ResponseHeader[],
): OutgoingHttpHeader[] {
  const list: OutgoingHttpHeader[] = []
  let givesCookies = false
  const all = inTurn(given)
  for (let at = 0; at + 1 < all.length; at += 2) {
    const name = String(all[at])
    const isCookie = isSame(name, 'Set-Cookie')
    if (isCookie) givesCookies = true
    if (isCookie || !ours.some(([each]) => isSame(name, each))) list.push(name, all[at + 1] ?? '')
  }
  // What a list gives replaces what was set before.
  if (!givesCookies && ours.some(([name]) => name === 'Set-Cookie')) {
    for (const cookie of [response.getHeader('Set-Cookie') ?? []].flat()) {
      list.push('Set-Cookie', cookie)
    }
  }
  for (const [name, value] of ours) list.push(name, value)
  return list
}

function inTurn(given: GivenHeaders): InTurn {
  if (isList(given)) return isInPairs(given) ? given.flat() : given
  const list: OutgoingHttpHeader[] = []
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) list.push(name, value)
  }
  return list
}

function isList(given: GivenHeaders): given is InTurn | InPairs {
  return Array.isArray(given)
}

function isInPairs(list: InTurn | InPairs): list is InPairs {
  return Array.isArray(list[0])
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase()
}
