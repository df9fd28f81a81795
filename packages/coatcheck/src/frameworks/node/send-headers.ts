import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import type { ResponseHeader } from '../../http/response-header.ts'
import { type GivenHeaders, pairsOf } from './given-headers.ts'

/**
 * Has headers leave with the response, however it leaves: `end`, `write`, `flushHeaders` and pipes all come to
 * `writeHead`. They are asked for at that moment, the last at which they can be known.
 */
export function sendHeaders(
  response: ServerResponse,
  headers: () => readonly ResponseHeader[],
): void {
  const { writeHead } = response
  response.writeHead = (
    status: number,
    reason?: string | GivenHeaders,
    given?: GivenHeaders,
  ): ServerResponse => {
    if (typeof reason === 'string') response.statusMessage = reason
    const ofRoute = given ?? (typeof reason === 'string' ? {} : (reason ?? {}))
    return writeHead.call(response, status, withOurs(response, ofRoute, headers()))
  }
}

/**
 * What the route gives and ours as one list, in which a name may stand twice: our cookies beside the
 * route's, wherever it has put them, and of every other name only ours. Node merges and checks the list.
 */
function withOurs(
  response: ServerResponse,
  given: GivenHeaders,
  ours: readonly ResponseHeader[],
): OutgoingHttpHeader[] {
  const pairs = pairsOf(given)
  const names = new Set(ours.map(([name]) => name.toLowerCase()))
  const kept = pairs.filter(([name]) => isCookie(name) || !names.has(name.toLowerCase()))
  // A list replaces what was set before.
  const isCookieGiven = !names.has('set-cookie') || kept.some(([name]) => isCookie(name))
  const before = isCookieGiven ? [] : [response.getHeader('Set-Cookie') ?? []].flat()
  return [...before.flatMap((value) => ['Set-Cookie', value]), ...[...kept, ...ours].flat()]
}

function isCookie(name: string): boolean {
  return name.toLowerCase() === 'set-cookie'
}
