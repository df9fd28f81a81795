import { isIPv6 } from 'node:net'
import type { Sender, SmtpConfig, SmtpServer } from '../adapters/email/smtp-delivery.ts'
import { parseEmail } from '../domain/email.ts'
import { isLoopbackHost, isLoopbackInBrowsers } from '../domain/ip-address.ts'
import { host, type Parse } from './values.ts'
import type { Variables } from './variables.ts'

const expected = {
  url:
    'smtp://HOST or smtps://HOST, optionally with USER:PASSWORD@ before the host and :PORT after it ' +
    '(percent-encode special characters)',
  from: 'an email address such as no-reply@mjr.wtf, or with a name: mjr.wtf <no-reply@mjr.wtf>',
}

export interface MailConfig {
  /** `smtp` if a server is configured; otherwise `log` if `baseUrl` is http on loopback (development), or else `off`. */
  readonly mail: 'smtp' | 'log' | 'off'
  readonly smtp: SmtpConfig | null
}

/** Reads SMTP_URL and MAIL_FROM. The default sender is `no-reply` at the host of `baseUrl`. */
export function readMail(
  variables: Variables,
  { baseUrl, siteName }: { readonly baseUrl: string; readonly siteName: string },
): MailConfig {
  const smtp = readSmtp(variables, noReplyAt(baseUrl, siteName))
  // On loopback, the terminal and the browser belong to the same user.
  const { protocol, hostname } = new URL(baseUrl)
  const isDevelopment = protocol === 'http:' && isLoopbackInBrowsers(hostname)
  const fallback = isDevelopment ? 'log' : 'off'
  return { smtp, mail: smtp === null ? fallback : 'smtp' }
}

function readSmtp(variables: Variables, defaultSender: Sender): SmtpConfig | null {
  const server = variables.read<SmtpServer | null>('SMTP_URL', {
    parse: mailServer,
    expected: expected.url,
    fallback: null,
    mask: 'hidden',
  })
  const from = variables.read('MAIL_FROM', {
    parse: mailFrom,
    expected: expected.from,
    fallback: defaultSender,
    format: ({ name, email }) => `${name} <${email}>`,
  })
  return server === null ? null : { server, from }
}

/** Without the name of the site if a header cannot contain it unquoted. */
function noReplyAt(baseUrl: string, siteName: string): Sender {
  const { hostname } = new URL(baseUrl)
  return {
    name: unquotedName.test(siteName) ? siteName : 'mjr.wtf',
    email: `no-reply@${isLoopbackInBrowsers(hostname) ? 'localhost' : hostname}`,
  }
}

/** Connections to other hosts are always encrypted: `smtp:` upgrades by STARTTLS or fails (ASVS 5.0 V12.3.1). */
const mailServer: Parse<SmtpServer> = (text) => {
  const isImplicit = /^smtps:\/\//i.test(text)
  if (!isImplicit && !/^smtp:\/\//i.test(text)) return null
  if (!URL.canParse(text)) return null
  const url = new URL(text)
  const hostname = hostOf(url)
  const credentials = credentialsOf(url)
  const hasNoPath = /^\/?$/.test(url.pathname) && url.search === '' && url.hash === ''
  if (hostname === null || credentials === undefined || !hasNoPath || url.port === '0') return null
  const smtpSecurity = isLoopbackHost(url.hostname) ? 'plain' : 'starttls'
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

/** User and password, `null` for neither, `undefined` if only one is given or the encoding is invalid. */
function credentialsOf({ username, password }: URL): SmtpServer['credentials'] | undefined {
  if (username === '' && password === '') return null
  if (username === '' || password === '') return undefined
  try {
    return { user: decodeURIComponent(username), password: decodeURIComponent(password) }
  } catch {
    return undefined
  }
}

const unquotedName = /^[\p{L}\p{N} .,'&!?_-]{1,64}$/u

/** `email` or `name <email>`. The name may only contain characters that need no quoting in a header (RFC 5322). */
const mailFrom: Parse<Sender> = (text) => {
  const [, name, bracketed] = /^([\p{L}\p{N} .,'&!?_-]{1,64}) <([^<>]+)>$/u.exec(text) ?? []
  const email = parseEmail(bracketed ?? text)
  if (email === null || email !== (bracketed ?? text)) return null
  return { name: name?.trim() ?? null, email }
}
