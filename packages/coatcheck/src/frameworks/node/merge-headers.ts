import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { ResponseHeader } from '../../http/cookies/set-cookie.ts'

/** Alternating names and values. */
type FlatHeaderList = readonly OutgoingHttpHeader[]
type HeaderPairs = readonly (readonly [name: string, value: OutgoingHttpHeader])[]

/** Headers in each form that `writeHead` accepts; Node's types omit the pairs. */
export type WriteHeadHeaders = OutgoingHttpHeaders | FlatHeaderList | HeaderPairs

/**
 * Merges the route's headers and the exchange's into one list for Node, which may contain a name
 * twice: all cookies and `Vary` of both, and for every other name the exchange's value.
 */
export function mergeHeaders(
  response: ServerResponse,
  routeHeaders: WriteHeadHeaders,
  exchangeHeaders: readonly ResponseHeader[],
): OutgoingHttpHeader[] {
  const list: OutgoingHttpHeader[] = []
  const routeList = toFlatList(routeHeaders)
  for (let index = 0; index + 1 < routeList.length; index += 2) {
    const [name, value] = [String(routeList[index]), routeList[index + 1]]
    const isAdded = isSameName(name, 'Set-Cookie') || isSameName(name, 'Vary')
    if (value !== undefined && (isAdded || !includesName(exchangeHeaders, name)))
      list.push(name, value)
  }
  // Headers in the list replace those set with `setHeader`.
  for (const name of ['Set-Cookie', 'Vary']) {
    const isKept = includesName(exchangeHeaders, name) && !containsName(list, name)
    if (isKept) list.push(...valuesSetOn(response, name))
  }
  for (const [name, value] of exchangeHeaders) {
    if (!isSameName(name, 'Vary') || !listsVary(list, value)) list.push(name, value)
  }
  return list
}

function valuesSetOn(response: ServerResponse, name: string): FlatHeaderList {
  const values = [response.getHeader(name) ?? []].flat()
  return values.flatMap((value) => [name, value])
}

function containsName(list: FlatHeaderList, name: string): boolean {
  for (let index = 0; index < list.length; index += 2) {
    if (isSameName(String(list[index]), name)) return true
  }
  return false
}

/** Whether a `Vary` in the list already contains the header name. */
function listsVary(list: FlatHeaderList, value: string): boolean {
  return list.some((text, index) => {
    if (index % 2 === 0 || !isSameName(String(list[index - 1]), 'Vary')) return false
    return String(text)
      .split(',')
      .some((each) => isSameName(each.trim(), value))
  })
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
