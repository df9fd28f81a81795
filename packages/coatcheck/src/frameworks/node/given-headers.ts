import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { ResponseHeader } from '../../http/response-header.ts'

/** Names and values in turn. */
type InTurn = readonly OutgoingHttpHeader[]
type InPairs = readonly (readonly [name: string, value: OutgoingHttpHeader])[]

/**
 * Headers in each form that `writeHead` takes: by name, in turn, or in pairs,
 * which Node's types leave out.
 */
export type GivenHeaders = OutgoingHttpHeaders | InTurn | InPairs

/**
 * What a route gives and ours as one list, in which a name may stand twice: our cookies
 * beside the route's, wherever it has put them, and of every other name only ours. Node
 * merges and checks the list.
 */
export function withOurs(
  response: ServerResponse,
  given: GivenHeaders,
  ours: readonly ResponseHeader[],
): OutgoingHttpHeader[] {
  const list: OutgoingHttpHeader[] = []
  const all = inTurn(given)
  let givesCookies = false
  for (let at = 0; at + 1 < all.length; at += 2) {
    const [name, value] = [String(all[at]), all[at + 1]]
    const isCookie = isSame(name, 'Set-Cookie')
    givesCookies ||= isCookie
    if (value !== undefined && (isCookie || !isAmong(ours, name))) list.push(name, value)
  }
  // What a list gives replaces what was set before.
  if (!givesCookies && isAmong(ours, 'Set-Cookie')) list.push(...cookiesSetOn(response))
  for (const [name, value] of ours) list.push(name, value)
  return list
}

function cookiesSetOn(response: ServerResponse): InTurn {
  const cookies = [response.getHeader('Set-Cookie') ?? []].flat()
  return cookies.flatMap((cookie) => ['Set-Cookie', cookie])
}

function inTurn(given: GivenHeaders): readonly (OutgoingHttpHeader | undefined)[] {
  if (isList(given)) return isInPairs(given) ? given.flat() : given
  const list: (OutgoingHttpHeader | undefined)[] = []
  for (const name of Object.keys(given)) list.push(name, given[name])
  return list
}

function isList(given: GivenHeaders): given is InTurn | InPairs {
  return Array.isArray(given)
}

function isInPairs(list: InTurn | InPairs): list is InPairs {
  return Array.isArray(list[0])
}

function isAmong(headers: readonly ResponseHeader[], name: string): boolean {
  for (const [each] of headers) if (isSame(each, name)) return true
  return false
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase()
}
