import type { Hono } from 'hono'
import { Layout } from '../components/layout.tsx'
import type { AppEnv, PageContext, RequestContext } from '../http-context.ts'
import { visitorRoutes } from '../middleware/guards.ts'
import { frameOf, page } from '../responses/page.ts'
import { CheckLinkForm } from './check-link-form.tsx'

/** `/preview?link=…`: leads to the preview of a short link that a visitor pasted. */
export function addCheckLinkRoutes(app: Hono<AppEnv>, context: PageContext): void {
  visitorRoutes(app, context).get('/preview', (c) => checkLink(context, c))
}

async function checkLink(context: PageContext, c: RequestContext): Promise<Response> {
  const { shortBaseUrl } = context.options
  const link = c.req.query('link') ?? ''
  const code = codeIn(link, context.options)
  if (code !== null) return c.redirect(`${originOf(link, context.options)}/${code}+`, 303)
  const problem = link === '' ? undefined : 'Enter a short link of this site, or only its code.'
  const frame = await frameOf(context, c)
  return page(
    c,
    <Layout frame={frame} title="Check a short link">
      <div class="narrow card">
        <CheckLinkForm {...{ shortBaseUrl, value: link, problem }} />
      </div>
    </Layout>,
    problem === undefined ? 200 : 400,
  )
}

/** The short domain of a pasted link, or the default host. */
function originOf(
  text: string,
  { shortBaseUrl, domains }: Pick<PageContext['options'], 'shortBaseUrl' | 'domains'>,
): string {
  const domain = domains.find(URL.parse(withScheme(text.trim()))?.host ?? '')
  return domain === null ? shortBaseUrl : `${new URL(shortBaseUrl).protocol}//${domain.host}`
}

function withScheme(text: string): string {
  return /^https?:\/\//i.test(text) ? text : `http://${text}`
}

/** The code as a path, encoded, or `null` if the text is no link of this site. */
function codeIn(
  text: string,
  {
    baseUrl,
    shortBaseUrl,
    domains,
  }: Pick<PageContext['options'], 'baseUrl' | 'shortBaseUrl' | 'domains'>,
): string | null {
  const trimmed = text.trim().replace(/\+$/, '')
  const hosts = [baseUrl, shortBaseUrl].map((url) => new URL(url).host)
  const url = URL.parse(withScheme(trimmed))
  const isOurs = url !== null && (hosts.includes(url.host) || domains.find(url.host) !== null)
  if (isOurs) return pathOf(url)
  if (trimmed === '' || /^https?:\/\//i.test(trimmed)) return null
  const alone = URL.parse(`${shortBaseUrl}/${trimmed.replace(/^\/+/, '')}`)
  return alone === null ? null : pathOf(alone)
}

function pathOf({ pathname }: URL): string | null {
  const code = pathname.slice(1)
  return code === '' || code.startsWith('/') || code.length > maxPathLength ? null : code
}

/** 64 characters in percent-encoded UTF-8. */
const maxPathLength = 768
