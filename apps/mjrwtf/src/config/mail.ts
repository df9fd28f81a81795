import { isIPv6 } from 'node:net'
import { parseEmail } from '../domain/email.ts'
import { host, isLoopback, type Parse } from './values.ts'
import type { Variables } from './variables.ts'

/** Where letters are handed in. */
export interface SmtpServerConfig {
  readonly host: string
  readonly port: number
  readonly security: 'tls' | 'starttls' | 'plain'
  readonly credentials: { readonly user: string; readonly password: string } | null
}

export interface SenderConfig {
  readonly name: string | null
  readonly email: string
}

export interface SmtpConfig {
  readonly server: SmtpServerConfig
  readonly from: SenderConfig
}

const expected = {
  url:
    'smtp://HOST or smtps://HOST, with USER:PASSWORD@ before the host and :PORT behind it where ' +
    'needed; what is special in a URL written as %XX',
  from: 'an address such as no-reply@mjr.wtf, or a name with it: mjr.wtf <no-reply@mjr.wtf>',
}

export interface MailConfig {
  /** By SMTP where a server is given; else `log` in development, where `baseUrl` is http, and `off` elsewhere. */
  readonly mail: 'smtp' | 'log' | 'off'
  readonly smtp: SmtpConfig | null
}

/** Reads SMTP_URL and MAIL_FROM. Without the latter, emails are from `no-reply` at the host of `baseUrl`. */
export function readMail(variables: Variables, baseUrl: string): MailConfig {
  const smtp = readSmtp(variables, baseUrl)
  // Plain http is accepted on loopback only, so whoever reads the terminal is whoever signs in.
  const fallback = baseUrl.startsWith('http:') ? 'log' : 'off'
  return { smtp, mail: smtp === null ? fallback : 'smtp' }
}

function readSmtp(variables: Variables, baseUrl: string): SmtpConfig | null {
  const server = variables.read<SmtpServerConfig | null>('SMTP_URL', {
    parse: mailServer,
    expected: expected.url,
    fallback: null,
    mask: 'hidden',
  })
  const from = variables.read('MAIL_FROM', {
    parse: mailFrom,
    expected: expected.from,
    fallback: noReplyAt(baseUrl),
  })
  return server === null ? null : { server, from }
}

function noReplyAt(baseUrl: string): SenderConfig {
  const { hostname } = new URL(baseUrl)
  return { name: 'mjr.wtf', email: `no-reply@${isLoopback(hostname) ? 'localhost' : hostname}` }
}

/**
 * To another machine nothing goes in the clear, and there is no way to ask for it: `smtp:` upgrades by
 * STARTTLS or fails (ASVS 5.0 V12.3.1).
 */
const mailServer: Parse<SmtpServerConfig> = (text) => {
  const isImplicit = /^smtps:\/\//i.test(text)
  if (!isImplicit && !/^smtp:\/\//i.test(text)) return null
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  const hostname = hostOf(url)
  const credentials = credentialsOf(url)
  const hasNoPath = /^\/?$/.test(url.pathname) && url.search === '' && url.hash === ''
  if (hostname === null || credentials === undefined || !hasNoPath || url.port === '0') return null
  const smtpSecurity = isLoopback(url.hostname) ? 'plain' : 'starttls'
  return {
    host: hostname,
    port: Number(url.port || (isImplicit ? 465 : 587)),
    security: isImplicit ? 'tls' : smtpSecurity,
    credentials,
  }
}

function hostOf({ hostname }: URL): string | null {
  const ipv6 = /^\[(.+)\]$/.exec(hostname)?.[1]
  if (ipv6 !== undefined) return isIPv6(ipv6) ? ipv6 : null
  return hostname.includes(':') ? null : host(hostname)
}

/** Both or neither; `undefined` when it is neither of these. */
function credentialsOf({ username, password }: URL): SmtpServerConfig['credentials'] | undefined {
  if (username === '' && password === '') return null
  if (username === '' || password === '') return undefined
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) }
  } catch {
    return undefined
  }
}

/** `address` or `name <address>`. The name is of letters that need no quoting in a header (RFC 5322). */
const mailFrom: Parse<SenderConfig> = (text) => {
  const [, name, bracketed] = /^([\p{L}\p{N} .,'&!?_-]{1,64}) <([^<>]+)>$/u.exec(text) ?? []
  const email = parseEmail(bracketed ?? text)
  if (email === null || email !== (bracketed ?? text)) return null
  return { name: name?.trim() ?? null, email }
}
