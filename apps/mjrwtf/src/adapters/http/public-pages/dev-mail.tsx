import { BlockList, isIPv6 } from 'node:net'
import type { Hono } from 'hono'
import type { CapturedEmail, CapturedEmails } from '../../../application/ports/email.ts'
import type { AppEnv, AppMiddleware, PageContext, RequestContext } from '../http-context.ts'
import { visitorGuards } from '../middleware/guards.ts'
import { peerAddress } from '../reporting/request-log.ts'
import { frameOf, page } from '../responses/page.ts'
import { EmailListPage, EmailPreviewPage } from './dev-mail-pages.tsx'

export interface DevMailContext extends PageContext {
  /** Emails that were printed instead of sent. `null` outside development. */
  readonly capturedEmails: CapturedEmails | null
}

const path = '/dev/mail'

/**
 * Development only: the emails that were printed instead of sent. They contain links that give access to accounts, so
 * the routes do not exist elsewhere and accept only requests from this machine.
 */
export function addDevMailRoutes(app: Hono<AppEnv>, context: DevMailContext): void {
  const { capturedEmails } = context
  if (capturedEmails === null) return
  const guards = [requireLoopback(context), ...visitorGuards(context)] as const
  app.get(path, ...guards, async (c) => {
    const frame = await frameOf(context, c)
    return page(c, <EmailListPage frame={frame} emails={capturedEmails.list()} />)
  })
  app.get(`${path}/:number`, ...guards, async (c) => {
    const email = findEmail(capturedEmails, c.req.param('number'))
    if (email === null) return c.notFound()
    return page(c, <EmailPreviewPage frame={await frameOf(context, c)} email={email} />)
  })
  app.get(`${path}/:number/html`, requireLoopback(context), (c) => {
    const email = findEmail(capturedEmails, c.req.param('number'))
    if (email === null) return c.notFound()
    c.header('Content-Security-Policy', emailPreviewCsp)
    return c.html(email.html)
  })
}

/** Allows the inline styles of an email, and nothing that loads, runs or sends. */
const emailPreviewCsp =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; object-src 'none'; " +
  "form-action 'none'; frame-ancestors 'none'"

function findEmail(emails: CapturedEmails, number: string): CapturedEmail | null {
  return /^[1-9]\d{0,8}$/.test(number) ? emails.find(Number(number)) : null
}

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Headers that proxies add. Behind one, a request from this machine may come from anywhere. */
const proxyHeaderPattern =
  /^(?:forwarded|via|x-forwarded(?:-.+)?|x-real-ip|x-original-.+|(?:x-|true-)?client-ip|x-cluster-client-ip|cf-.+|cdn-loop)$/

/**
 * Rejects clients on other machines, every request that a proxy has forwarded, and pages whose host name resolves to this
 * machine (DNS rebinding), which could read the response as their own origin.
 */
function requireLoopback(context: Pick<PageContext, 'options'>): AppMiddleware {
  const ownHost = new URL(context.options.baseUrl).host
  return async (c, next) => {
    const isOwn = isLoopback(peerAddress(c)) && c.req.header('Host') === ownHost
    return isOwn && !isForwarded(c) ? next() : c.notFound()
  }
}

function isForwarded(c: RequestContext): boolean {
  return [...c.req.raw.headers.keys()].some((name) => proxyHeaderPattern.test(name))
}

function isLoopback(address: string | null): boolean {
  return address !== null && loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}
