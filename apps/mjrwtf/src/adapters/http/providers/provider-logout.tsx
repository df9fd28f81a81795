import type { Hono } from 'hono'
import type { Identities } from '../../../application/identities/identities.ts'
import { isProviderId } from '../../../domain/identity.ts'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import type { AppEnv, PageContext, RequestContext } from '../http-context.ts'
import { visitorRoutes } from '../middleware/guards.ts'
import { frameOf, page } from '../responses/page.ts'
import { notFound, respondWithProblem } from '../responses/problem.tsx'

export interface ProviderLogoutContext extends PageContext {
  readonly identities: Pick<Identities, 'findLogoutUrl' | 'nameOf'>
}

/**
 * After signing out: the page with a link to sign out at the provider too (OpenID Connect RP-Initiated Logout 1.0). A link, and no
 * redirect: browsers do not follow one from the form of another site, and not everyone wants to sign out there.
 */
export function addProviderLogoutRoutes(app: Hono<AppEnv>, context: ProviderLogoutContext): void {
  const routes = visitorRoutes(app, context)
  routes.get('/logout/:provider', (c) => showLogout(context, c))
}

async function showLogout(context: ProviderLogoutContext, c: RequestContext): Promise<Response> {
  const provider = c.req.param('provider') ?? ''
  if (!isProviderId(provider)) return respondWithProblem(context, c, notFound)
  const url = await context.identities.findLogoutUrl(provider, `${context.options.baseUrl}/`)
  if (url === null) return c.redirect('/', 303)
  const name = context.identities.nameOf(provider)
  return page(c, <LogoutPage frame={await frameOf(context, c)} name={name} url={url} />)
}

interface LogoutPageProps {
  readonly frame: Frame
  /** Of the provider. */
  readonly name: string
  readonly url: string
}

function LogoutPage({ frame, name, url }: LogoutPageProps) {
  const isSignedOut = frame.viewer === null
  const title = isSignedOut ? 'You are signed out' : `Sign out of ${name}`
  return (
    <Layout frame={frame} title={title}>
      <div class="narrow stack">
        <h1>{title}</h1>
        <p class="lead">
          You may still be signed in to {name}. On a shared device, sign out there too: otherwise
          anyone who uses it can sign in again.
        </p>
        <div class="actions">
          <a class="button" href={url} rel="noreferrer">
            Sign out of {name}
          </a>
          <a href="/">Stay signed in there</a>
        </div>
      </div>
    </Layout>
  )
}
