import { Alert } from '../components/alerts.tsx'
import { CsrfField, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { withoutScheme } from '../components/link-card.tsx'

interface GuardedLinkProps {
  readonly frame: Frame
  readonly shortUrl: string
  /** Path and query of the link, to which the form is sent. */
  readonly action: string
}

interface LinkPasswordPageProps extends GuardedLinkProps {
  readonly fieldError: string | undefined
  /** An error that is not about the password. */
  readonly problem: string | null
}

/** Asks for the password of a link. Shows nothing of the link that the visitor does not know. */
export function LinkPasswordPage(props: LinkPasswordPageProps) {
  const { frame, shortUrl, action, fieldError, problem } = props
  return (
    <Layout frame={frame} title="Password required">
      <div class="narrow stack">
        <h1>Password required</h1>
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        <p class="lead">
          The link <strong class="short-url">{withoutScheme(shortUrl)}</strong> is protected. Enter
          the password that you received with it.
        </p>
        <form class="card" method="post" action={action}>
          <CsrfField token={frame.csrfToken} />
          <Field
            name="password"
            label="Password"
            type="password"
            problem={fieldError}
            attributes={{ autocomplete: 'off' }}
          />
          <div class="actions">
            <button class="button" type="submit">
              Continue
            </button>
          </div>
        </form>
      </div>
    </Layout>
  )
}

/** What a program sees of a link with a click limit: a visitor continues with the button, which counts. */
export function LinkButtonPage({ frame, shortUrl, action }: GuardedLinkProps) {
  return (
    <Layout frame={frame} title="Limited link">
      <div class="narrow stack">
        <h1>Limited link</h1>
        <p class="lead">
          The link <strong class="short-url">{withoutScheme(shortUrl)}</strong> works for a limited
          number of visits. Programs that check links do not use it up.
        </p>
        <form method="post" action={action}>
          <CsrfField token={frame.csrfToken} />
          <div class="actions">
            <button class="button" type="submit">
              Continue
            </button>
          </div>
        </form>
      </div>
    </Layout>
  )
}

/** The preview of a link whose destination only its visitors see. */
export function GuardedPreviewPage(
  props: Omit<GuardedLinkProps, 'action'> & { readonly reportUrl: string; readonly path: string },
) {
  return (
    <Layout frame={props.frame} title="Link preview">
      <div class="narrow stack">
        <h1>Link preview</h1>
        <p class="lead">
          The destination of <strong class="short-url">{withoutScheme(props.shortUrl)}</strong> is
          shown only to visitors of the link, because it has a password or a limited number of
          visits.
        </p>
        <p class="actions">
          <a class="button" href={props.path} rel="nofollow">
            Open the link
          </a>
          <a href={props.reportUrl}>Report this link</a>
        </p>
      </div>
    </Layout>
  )
}
