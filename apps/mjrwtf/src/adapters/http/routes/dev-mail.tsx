import { BlockList, isIPv6 } from 'node:net'
import type { Hono } from 'hono'
import type { KeptLetter, KeptLetters } from '../../../application/ports/kept-letters.ts'
import { findViewer } from '../guards.ts'
import { peerAddress } from '../observe.ts'
import { page } from '../page.ts'
import { frameOf } from '../page-frame.ts'
import { LetterPage, LettersPage } from '../pages/dev-mail-pages.tsx'
import type { AppEnv, AppMiddleware, Site } from '../site.ts'

const path = '/dev/mail'

/**
 * In development: the letters that were printed instead of being sent. They open accounts, so elsewhere these
 * routes are not there at all, and here they are for this machine alone.
 */
export function addDevMailRoutes(app: Hono<AppEnv>, site: Site): void {
  const { keptLetters } = site
  if (keptLetters === null) return
  const guards = [requireOwnMachine(site), site.sessions.optionalSession, findViewer(site)] as const
  app.get(path, ...guards, async (c) => {
    const frame = await frameOf(site, c)
    return page(c, <LettersPage frame={frame} letters={keptLetters.list()} />)
  })
  app.get(`${path}/:number`, ...guards, async (c) => {
    const letter = find(keptLetters, c.req.param('number'))
    if (letter === null) return c.notFound()
    return page(c, <LetterPage frame={await frameOf(site, c)} letter={letter} />)
  })
  app.get(`${path}/:number/html`, requireOwnMachine(site), (c) => {
    const letter = find(keptLetters, c.req.param('number'))
    if (letter === null) return c.notFound()
    c.header('Content-Security-Policy', letterPolicy)
    return c.html(letter.html)
  })
}

/** A letter has its styles in it, and fetches, runs and sends nothing. */
const letterPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; object-src 'none'; " +
  "form-action 'none'; frame-ancestors 'none'"

function find(letters: KeptLetters, number: string): KeptLetter | null {
  return /^[1-9]\d{0,8}$/.test(number) ? letters.find(Number(number)) : null
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/**
 * Neither somebody elsewhere, straight or through a proxy, nor a page elsewhere whose host name was made to
 * lead here (DNS rebinding): that would be its own origin, and could read the answer.
 */
function requireOwnMachine(site: Site): AppMiddleware {
  const ownHost = new URL(site.options.baseUrl).host
  return async (c, next) => {
    const peers = [peerAddress(c), c.var.exchange.client.ipAddress]
    return peers.every(isLoopback) && c.req.header('Host') === ownHost ? next() : c.notFound()
  }
}

function isLoopback(address: string | null): boolean {
  return address !== null && loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
