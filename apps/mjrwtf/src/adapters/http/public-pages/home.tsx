import type { Hono } from 'hono'
import type { Accounts } from '../../../application/accounts/accounts.ts'
import { Alert } from '../components/alerts.tsx'
import { noErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { withoutScheme } from '../components/link-card.tsx'
import type { AppEnv, PageContext, RequestContext } from '../http-context.ts'
import { CreateLinkForm } from '../links/link-form.tsx'
import { visitorRoutes } from '../middleware/guards.ts'
import { frameOf, page } from '../responses/page.ts'
import { shortUrlOf } from '../short-url.ts'
import { CheckLinkForm } from './check-link-form.tsx'

export interface HomeContext extends PageContext {
  readonly accounts: PageContext['accounts'] & Pick<Accounts, 'needsSetUp'>
}

export function addHomeRoutes(app: Hono<AppEnv>, context: HomeContext): void {
  visitorRoutes(app, context).get('/', (c) => showHome(context, c))
}

async function showHome(context: HomeContext, c: RequestContext): Promise<Response> {
  const frame = await frameOf(context, c)
  const needsSetUp = frame.viewer === null && (await context.accounts.needsSetUp())
  const { shortBaseUrl } = context.options
  return page(c, <HomePage {...{ frame, shortBaseUrl, needsSetUp }} />)
}

interface HomePageProps {
  readonly frame: Frame
  readonly shortBaseUrl: string
  /** Whether no account exists yet. */
  readonly needsSetUp: boolean
}

function HomePage({ frame, shortBaseUrl, needsSetUp }: HomePageProps) {
  return (
    <Layout
      frame={frame}
      title={frame.viewer === null ? 'Short links you can check first' : 'Create a short link'}
    >
      {frame.viewer === null ? (
        <Introduction frame={frame} shortBaseUrl={shortBaseUrl} needsSetUp={needsSetUp} />
      ) : (
        <LinkWorkspace frame={frame} shortBaseUrl={shortBaseUrl} />
      )}
    </Layout>
  )
}

function LinkWorkspace({ frame, shortBaseUrl }: Omit<HomePageProps, 'needsSetUp'>) {
  return (
    <div class="stack">
      <div class="head">
        <h1>Create a short link</h1>
        <a href="/dashboard">View all links</a>
      </div>
      <div class="card">
        <CreateLinkForm
          {...{ frame, shortBaseUrl, draft: '', values: {}, fieldErrors: noErrors }}
        />
      </div>
    </div>
  )
}

function Introduction({ frame, shortBaseUrl, needsSetUp }: HomePageProps) {
  return (
    <>
      <div class="hero">
        <div class="stack">
          <h1>Short links you can check first</h1>
          <p class="lead">
            {frame.site.name} turns long links into short ones such as{' '}
            <span class="breakable">{withoutScheme(shortUrlOf(shortBaseUrl, 'menu'))}</span>. You
            can always see where one leads before you open it.
          </p>
          {needsSetUp ? <SetUpAlert /> : <SignInOptions frame={frame} />}
        </div>
        <div class="card">
          <CheckLinkForm shortBaseUrl={shortBaseUrl} value="" problem={undefined} />
        </div>
      </div>
      <FeatureList />
    </>
  )
}

function SetUpAlert() {
  return (
    <Alert kind="info">
      <p>
        <strong>No account exists yet.</strong> To create the administrator account, open the setup
        link in the server log. It works once and is valid for 24 hours; each restart prints a new
        link until it is used.
      </p>
    </Alert>
  )
}

function SignInOptions({ frame }: { readonly frame: Frame }) {
  return (
    <p class="actions">
      <a class="button" href="/login">
        Sign in
      </a>
      {frame.signUpOpen ? (
        <a class="button secondary" href="/signup">
          Sign up
        </a>
      ) : (
        <span class="lead">
          {frame.invitesEnabled ? 'Sign-up is by invitation only.' : 'Sign-up is closed.'}
        </span>
      )}
    </p>
  )
}

function FeatureList() {
  return (
    <div class="features">
      <section>
        <h2>Preview before you click</h2>
        <p>
          Add <code>+</code> to any short link to see its destination without opening it.
        </p>
      </section>
      <section>
        <h2>Statistics without tracking</h2>
        <p>
          Short links set no cookies. For each click we store only the time, referring site, country
          and browser.
        </p>
      </section>
      <section>
        <h2>Links that expire when you decide</h2>
        <p>
          Change the destination, set an expiry date, or delete a link at any time. The code of a
          deleted link is never reused.
        </p>
      </section>
    </div>
  )
}
