import { Alert } from '../components/alerts.tsx'
import { noErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { LinkCard } from '../components/link-card.tsx'
import { emptyLinkForm, LinkForm } from '../links/link-form.tsx'
import { shortUrlOf } from '../short-url.ts'

interface HomePageProps {
  readonly frame: Frame
  readonly shortBaseUrl: string
  /** Nobody has an account yet. */
  readonly needsSetUp: boolean
}

export function HomePage({ frame, shortBaseUrl, needsSetUp }: HomePageProps) {
  return (
    <Layout frame={frame} title={frame.viewer === null ? 'Short links you keep' : 'New link'}>
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
        <h1>Shorten a link</h1>
        <a href="/dashboard">Your links</a>
      </div>
      <div class="card">
        <LinkForm
          csrfToken={frame.csrfToken}
          formOwnerToken={frame.formOwnerToken}
          draft=""
          shortBaseUrl={shortBaseUrl}
          values={emptyLinkForm}
          fieldErrors={noErrors}
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
          <h1>Short links on your own server</h1>
          <p class="lead">
            Paste a long address, get one that fits on a poster. Your links, and how often each is
            followed, stay in a database that belongs to you.
          </p>
          {needsSetUp ? <SetUpAlert /> : <SignInOptions frame={frame} />}
        </div>
        <figure aria-label="A sample link">
          <LinkCard
            shortUrl={shortUrlOf(shortBaseUrl, 'menu')}
            destination="https://example.com/spring/menu?table=12"
            copyLabel={null}
          />
        </figure>
      </div>
      <FeatureList />
    </>
  )
}

function SetUpAlert() {
  return (
    <Alert kind="info">
      <p>
        <strong>No account exists yet.</strong> To make the first one, open the setup link that the
        server printed in its log when it started. The link works once, for 24 hours; each start
        prints a new one until it has been used.
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
          {frame.invitesEnabled ? 'New accounts are by invitation.' : 'New accounts are closed.'}
        </span>
      )}
    </p>
  )
}

function FeatureList() {
  return (
    <div class="features">
      <section>
        <h2>Look before you follow</h2>
        <p>
          Put a <code>+</code> after any short link to see where it leads without going there.
        </p>
      </section>
      <section>
        <h2>Counts, not profiles</h2>
        <p>
          A redirect sets no cookie. A click keeps its time, the site and the country it came from,
          and the kind of browser.
        </p>
      </section>
      <section>
        <h2>Links that end when you say</h2>
        <p>
          Change where a link leads, give it a date to expire, or delete it. A deleted code is never
          handed out again.
        </p>
      </section>
    </div>
  )
}
