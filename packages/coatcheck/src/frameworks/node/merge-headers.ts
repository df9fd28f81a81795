import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { ResponseHeader } from '../../http/set-cookie.ts'

/** Alternating names and values. */
type FlatHeaderList = readonly OutgoingHttpHeader[]
type HeaderPairs = readonly (readonly [name: string, value: OutgoingHttpHeader])[]

/** Headers in each form that `writeHead` accepts; Node's types omit the pairs. */
export type WriteHeadHeaders = OutgoingHttpHeaders | FlatHeaderList | HeaderPairs

/**
 * Merges the route's headers and the exchange's into one list for Node, which may contain a name
 * twice: all cookies of both, and for every other name the exchange's value.
 */
export function mergeHeaders(
  response: ServerResponse,
  routeHeaders: WriteHeadHeaders,
  exchangeHeaders: readonly ResponseHeader[],
): OutgoingHttpHeader[] {
  const list: OutgoingHttpHeader[] = []
  const routeList = toFlatList(routeHeaders)
  let hasCookies = false
  for (let index = 0; index + 1 < routeList.length; index += 2) {
    const [name, value] = [String(routeList[index]), routeList[index + 1]]
    const isCookie = isSameName(name, 'Set-Cookie')
    hasCookies ||= isCookie
    if (value !== undefined && (isCookie || !includesName(exchangeHeaders, name)))
      list.push(name, value)
  }
  // Headers in the list replace those set with `setHeader`.
  if (!hasCookies && includesName(exchangeHeaders, 'Set-Cookie'))
    list.push(...cookiesSetOn(response))
  for (const [name, value] of exchangeHeaders) list.push(name, value)
  return list
}

function cookiesSetOn(response: ServerResponse): FlatHeaderList {
  const cookies = [response.getHeader('Set-Cookie') ?? []].flat()
  return cookies.flatMap((cookie) => ['Set-Cookie', cookie])
}

function toFlatList(headers: WriteHeadHeaders): readonly (OutgoingHttpHeader | undefined)[] {
  if (isList(headers)) return isPairList(headers) ? headers.flat() : headers
  const list: (OutgoingHttpHeader | undefined)[] = []
  for (const name of Object.keys(headers)) list.push(name, headers[name])
  return list
}

function isList(headers: WriteHeadHeaders): headers is FlatHeaderList | HeaderPairs {
  return Array.isArray(headers)
}

function isPairList(list: FlatHeaderList | HeaderPairs): list is HeaderPairs {
  return Array.isArray(list[0])
}

function includesName(headers: readonly ResponseHeader[], name: string): boolean {
  for (const [candidate] of headers) if (isSameName(candidate, name)) return true
  return false
}

function isSameName(a: string, b: string): boolean {
  return a.length === b.length && a.toLowerCase() === b.toLowerCase()
}
