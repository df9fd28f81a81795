import type { Flash } from 'coatcheck/http'
import type { HeaderOverrides } from 'coatcheck/web-security'
import type { HtmlEscapedString } from 'hono/utils/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { isPrivateHost } from '../../../domain/ip-address.ts'
import { parseLocale, preferredLocale } from '../../../domain/locale.ts'
import { describeOtherHost, type OtherHost } from '../../../domain/other-host.ts'
import { defaultPreferences } from '../../../domain/preferences.ts'
import { utc } from '../../../domain/time-zone.ts'
import { type DisplayFormat, defaultFormat, renderIn } from '../components/display-format.ts'
import type { Frame } from '../components/frame.ts'
import type { PageContext, RequestContext } from '../http-context.ts'
import { interruptedMessage, isAfterInterruption } from './after-interruption.ts'
import { hostIn } from './request-host.ts'

/** The type of a JSX element. All components are synchronous, so `toString` returns the complete text. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>

/** Responds with an HTML page. */
export function page(c: RequestContext, element: Html, status: ContentfulStatusCode = 200) {
  const html = renderIn(displayFormatOf(c), () => element.toString())
  return c.html(`<!doctype html>${html}`, status)
}

/** How times are written for the viewer of the request. */
export function displayFormatOf(c: RequestContext): DisplayFormat {
  const { viewer } = c.var
  const siteFormat = { ...defaultFormat, timeZone: c.var.siteTimeZone ?? utc }
  if (viewer === undefined || viewer === null) return siteFormat
  const { timeZone, locale } = viewer.preferences ?? defaultPreferences
  return {
    timeZone: timeZone ?? siteFormat.timeZone,
    locale: parseLocale(locale ?? '') ?? preferredLocale(c.req.header('Accept-Language') ?? ''),
    isOwnZone: timeZone !== null,
  }
}

/**
 * Pages opened with a token in the URL: the referrer must not contain it, and `no-referrer` would make
 * the form's Origin `null`.
 */
export const tokenPageHeaders: HeaderOverrides = {
  'Referrer-Policy': 'strict-origin',
  'X-Robots-Tag': 'noindex',
}

export type BareFrameContext = Pick<PageContext, 'assets' | 'options'>
export type FrameContext = BareFrameContext & Pick<PageContext, 'drafts' | 'writes'>

interface FrameOptions {
  /** The page has a form for anonymous visitors too. Without one, no pre-session cookie is set. */
  readonly hasForm?: boolean
  /** The page is the response to a POST. A reload shows the page of its path. */
  readonly isAfterPost?: boolean
  /** The same, if a reload shows another page. */
  readonly reloadPath?: string
}

/** The frame of a page whose viewer is known. Consumes the pending flashes. */
export async function frameOf(
  context: FrameContext,
  c: RequestContext,
  options: FrameOptions = {},
): Promise<Frame> {
  const viewer = c.var.viewer ?? null
  const hasForm = viewer !== null || options.hasForm === true
  return {
    ...bareFrame(context, c),
    viewer,
    hasNavigation: true,
    isReadOnly: context.writes.isReadOnly(),
    csrfToken: hasForm ? await c.var.exchange.csrfToken() : '',
    formOwnerToken: formOwnerTokenFor(context, c),
    // A HEAD response has no body, so it must not consume them.
    flashes: c.req.method === 'HEAD' ? [] : await flashesOf(c),
    theme: viewer?.preferences?.theme ?? 'system',
    detectsZone: viewer !== null && (viewer.preferences?.timeZone ?? null) === null,
    reloadPath: options.reloadPath ?? (options.isAfterPost === true ? c.req.path : null),
  }
}

async function flashesOf(c: RequestContext): Promise<readonly Flash[]> {
  const flashes = await c.var.exchange.takeFlashes()
  return isAfterInterruption(c)
    ? [...flashes, { kind: 'info', message: interruptedMessage }]
    : flashes
}

/** Empty without a viewer. */
function formOwnerTokenFor({ drafts }: FrameContext, c: RequestContext): string {
  const userId = c.var.viewer?.id
  return userId === undefined
    ? ''
    : drafts.signOwner({ userId, sessionId: c.var.session?.id ?? '' })
}

/**
 * The frame of an error page. Never looks up the session: error pages must work while the store fails, and an
 * unknown short link must not cost a lookup.
 */
export async function errorFrame(
  context: BareFrameContext,
  c: RequestContext,
  status: number,
): Promise<Frame> {
  const viewer = c.var.viewer
  if (viewer === undefined || viewer === null || status >= 500) return bareFrame(context, c)
  return {
    ...bareFrame(context, c),
    viewer,
    theme: viewer.preferences?.theme ?? 'system',
    hasNavigation: true,
    csrfToken: await c.var.exchange.csrfToken(),
  }
}

/** A frame that does not depend on the viewer: no navigation, no session, no cookie. */
export function bareFrame(context: BareFrameContext, c: RequestContext): Frame {
  return {
    nonce: c.var.nonce,
    assets: context.assets.paths,
    site: context.options.site,
    otherHost: otherHostOf(context, c),
    isPlainHttp: isPlainHttpIn(context.options),
    home: `${context.options.baseUrl}/`,
    viewer: null,
    theme: 'system',
    detectsZone: false,
    hasNavigation: false,
    isReadOnly: false,
    csrfToken: '',
    formOwnerToken: '',
    flashes: [],
    signUpOpen: context.options.signUp === 'open',
    invitesEnabled: context.options.signUp === 'invite',
    phoneEnabled: context.options.smsGateway !== null,
    hasSharedTokens: context.options.authTokens.length > 0,
    path: c.req.path,
    shortHosts: context.options.domains.list().map(({ host }) => host),
    reloadPath: null,
  }
}

function otherHostOf({ options }: BareFrameContext, c: RequestContext): OtherHost | null {
  const { host } = new URL(c.req.url)
  const own = [options.baseUrl, options.shortBaseUrl].map((url) => new URL(url).host)
  if (own.includes(hostIn(options.baseUrl, host))) return null
  if (options.domains.find(hostIn(options.shortBaseUrl, host)) !== null) return null
  return describeOtherHost({ host, isHttps: c.var.exchange.isHttps })
}

function isPlainHttpIn({ baseUrl }: BareFrameContext['options']): boolean {
  const { protocol, hostname } = new URL(baseUrl)
  return protocol === 'http:' && isPrivateHost(hostname)
}
