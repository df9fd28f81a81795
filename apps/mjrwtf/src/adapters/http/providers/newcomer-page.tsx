import type { NewcomerOptions } from '../../../application/identities/newcomers.ts'
import { Alert } from '../components/alerts.tsx'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { sentenceStart } from '../components/texts.ts'
import { confirmLinkPath } from './connected-accounts-page.tsx'

export const newcomerPath = '/login/new-identity'

const signInToLinkPath = `/login?next=${encodeURIComponent(confirmLinkPath)}`

export interface NewcomerPageProps {
  readonly frame: Frame
  /** Name of the provider. */
  readonly provider: string
  /** The email at the provider, or `null` if it shares none. */
  readonly email: string | null
  readonly options: NewcomerOptions
  /** Path of the page that creates an account with a password; `null` if sign-up is closed. */
  readonly signUpPath: string | null
  readonly problem: string | null
}

const titles: Readonly<Record<NewcomerOptions['status'], string>> = {
  'may-sign-up': 'Create your account',
  'has-account': 'You already have an account',
  'sign-up-closed': 'No account yet',
  'email-not-verified': 'No account yet',
}

/** What a visitor can do with an account at a provider that no user has connected. */
export function NewcomerPage(props: NewcomerPageProps) {
  const { frame, provider, email, options, problem } = props
  const title = titles[options.status]
  return (
    <Layout frame={frame} title={title}>
      <div class="narrow stack">
        <h1>{title}</h1>
        {problem !== null && <Alert kind="error">{problem}</Alert>}
        <div class="card stack">
          <dl class="identity">
            <dt>{sentenceStart(provider)}</dt>
            <dd class="breakable">{email ?? 'No email shared'}</dd>
          </dl>
          <NextStep {...props} />
        </div>
        <p class="hint">
          Not the {provider} account that you wanted? <a href="/login">Back to sign-in</a>
        </p>
      </div>
    </Layout>
  )
}

function NextStep(props: NewcomerPageProps) {
  switch (props.options.status) {
    case 'may-sign-up':
      return <SignUpForm {...props} />
    case 'has-account':
      return <SignInToLink {...props} />
    case 'sign-up-closed':
      return <SignUpClosed {...props} />
    case 'email-not-verified':
      return <EmailNotVerified {...props} />
  }
}

function SignUpForm({ frame, provider }: NewcomerPageProps) {
  return (
    <form class="stack" method="post" action={newcomerPath} data-once="">
      <p>
        You will sign in with {provider}. You need no password, and can choose one later in your
        settings.
      </p>
      <div class="actions">
        <button class="button" type="submit">
          Create account
        </button>
        <a href={signInToLinkPath}>I already have an account</a>
      </div>
      <CsrfField token={frame.csrfToken} />
    </form>
  )
}

function SignInToLink({ provider }: NewcomerPageProps) {
  return (
    <>
      <p>
        An account with this email exists, and {provider} is not connected to it. Sign in the way
        you always do, then you can connect {provider}.
      </p>
      <div class="actions">
        <a class="button" href={signInToLinkPath}>
          Sign in to connect {provider}
        </a>
        <a href="/forgot">Forgot your password?</a>
      </div>
    </>
  )
}

function SignUpClosed({ frame, provider }: NewcomerPageProps) {
  return (
    <>
      <p>
        No account here is connected to this {provider} account.{' '}
        {frame.invitesEnabled
          ? 'To create one, open the invitation link that you received and continue with it from there.'
          : 'Sign-up is closed on this site. Ask the administrator for an account.'}
      </p>
      <div class="actions">
        <a class="button" href={signInToLinkPath}>
          I already have an account
        </a>
      </div>
    </>
  )
}

function EmailNotVerified({ provider, email, signUpPath }: NewcomerPageProps) {
  return (
    <>
      <p>
        No account here is connected to this {provider} account, and {provider}{' '}
        {email === null ? 'shares no email with us' : 'has not verified your email'}. If you have an
        account, sign in, then you can connect {provider}.
      </p>
      <div class="actions">
        <a class="button" href={signInToLinkPath}>
          Sign in to connect {provider}
        </a>
        {signUpPath !== null && <a href={signUpPath}>Create an account with a password</a>}
      </div>
      {signUpPath !== null && (
        <p class="hint">
          To create an account without a password, verify an email at {provider} first, then try
          again.
        </p>
      )}
    </>
  )
}
