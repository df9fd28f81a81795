import { EmailField, NewPasswordField } from './account-fields.tsx'
import { AccountName, CsrfField, type Problems } from './fields.tsx'
import type { Frame } from './frame.ts'
import { Layout } from './layout.tsx'
import { Notice } from './notices.tsx'

interface ForgotPageProps {
  readonly frame: Frame
  readonly email: string
  readonly problems: Problems
  readonly problem: string | null
  /** Whether letters leave at all. */
  readonly hasMail: boolean
}

/** Says the same whether or not there is an account. */
export function ForgotPage({ frame, email, problems, problem, hasMail }: ForgotPageProps) {
  return (
    <Layout frame={frame} title="Forgot your password?">
      <div class="narrow stack">
        <h1>Forgot your password?</h1>
        {problem !== null && <Notice kind="error">{problem}</Notice>}
        {hasMail ? (
          <>
            <p class="lead">
              Enter the email address of your account. We send you an email with a link to choose a
              new password. It works for an hour.
            </p>
            <form class="card" method="post" action="/forgot" data-once="">
              <CsrfField token={frame.csrfToken} />
              <EmailField value={email} problem={problems.email} />
              <div class="actions">
                <button class="button" type="submit">
                  Send the email
                </button>
                <WayBack frame={frame} />
              </div>
            </form>
          </>
        ) : (
          <NoMail />
        )}
      </div>
    </Layout>
  )
}

/** Who is signed in and was asked for the password has come here too. */
function WayBack({ frame }: Pick<ForgotPageProps, 'frame'>) {
  return frame.viewer === null ? (
    <a href="/login">Sign in instead</a>
  ) : (
    <a href="/settings/account">Cancel</a>
  )
}

function NoMail() {
  return (
    <>
      <Notice kind="note">
        <p>
          <strong>This server sends no email,</strong> so you cannot choose a new password here.
          Please ask whoever runs it: they can let an account sign in again that too many wrong
          passwords have closed, with <code>npm run unlock</code>.
        </p>
      </Notice>
      <p>
        <a href="/login">Back to signing in</a>
      </p>
    </>
  )
}

interface ResetPageProps {
  readonly frame: Frame
  readonly email: string
  /** Names the link that was opened. */
  readonly mark: string
  readonly passwordMinLength: number
  readonly problems: Problems
  readonly problem: string | null
}

export function ResetPage(props: ResetPageProps) {
  const { frame, email, mark, passwordMinLength, problems, problem } = props
  return (
    <Layout frame={frame} title="Choose a new password">
      <div class="narrow stack">
        <h1>Choose a new password</h1>
        {problem !== null && <Notice kind="error">{problem}</Notice>}
        <form class="card" method="post" action="/reset" data-once="">
          <CsrfField token={frame.csrfToken} />
          <input type="hidden" name="link" value={mark} />
          <AccountName email={email} />
          <p class="account">
            For the account of <strong>{email}</strong>
          </p>
          <NewPasswordField
            label="New password"
            passwordMinLength={passwordMinLength}
            problems={problems}
          />
          <p class="hint">All your devices are signed out. Then sign in with the new password.</p>
          <div class="actions">
            <button class="button" type="submit">
              Set the password
            </button>
          </div>
        </form>
      </div>
    </Layout>
  )
}

export type VerifyAct = 'verify-address' | 'confirm-change' | 'cancel-change'

interface VerifyPageProps {
  readonly frame: Frame
  readonly act: VerifyAct
  readonly address: string
  /** Names the link that was opened. */
  readonly mark: string
  readonly problem: string | null
}

/** Says what the button will do. Nothing has happened yet. */
export function VerifyPage({ frame, act, address, mark, problem }: VerifyPageProps) {
  const { title, button } = verifyTexts[act]
  return (
    <Layout frame={frame} title={title}>
      <div class="narrow stack">
        <h1>{title}</h1>
        {problem !== null && <Notice kind="error">{problem}</Notice>}
        <form class="card" method="post" action="/verify" data-once="">
          <CsrfField token={frame.csrfToken} />
          <input type="hidden" name="link" value={mark} />
          <WhatHappens act={act} address={address} />
          <div class="actions">
            <button class="button" type="submit">
              {button}
            </button>
          </div>
        </form>
      </div>
    </Layout>
  )
}

const verifyTexts: Readonly<
  Record<VerifyAct, { readonly title: string; readonly button: string }>
> = {
  'verify-address': { title: 'Confirm your address', button: 'Yes, this is my address' },
  'confirm-change': { title: 'Confirm your new address', button: 'Use this address' },
  'cancel-change': { title: 'Keep your address', button: 'Call the change off' },
}

function WhatHappens({ act, address }: Pick<VerifyPageProps, 'act' | 'address'>) {
  if (act === 'verify-address') {
    return (
      <p>
        This tells mjr.wtf that <strong class="address">{address}</strong> is yours, so that it can
        write to you when something happens to your account.
      </p>
    )
  }
  if (act === 'confirm-change') {
    return (
      <p>
        <strong class="address">{address}</strong> becomes the address of your account. You sign in
        with it from then on, and emails go there.
      </p>
    )
  }
  return (
    <p>
      Somebody who was signed in to your account asked for another address. This calls it off: your
      account keeps the address it has. If that was not you, change your password as well.
    </p>
  )
}

interface DeadLinkPageProps {
  readonly frame: Frame
  /** The link works, but another account has the address by now. */
  readonly isTaken: boolean
}

export function DeadLinkPage({ frame, isTaken }: DeadLinkPageProps) {
  const title = isTaken ? 'This address cannot be used' : 'This link no longer works'
  return (
    <Layout frame={frame} title={title}>
      <div class="narrow stack">
        <h1>{title}</h1>
        {isTaken ? (
          <p class="lead">
            Another account has this address by now. Nothing was changed: your account keeps the
            address it has.
          </p>
        ) : (
          <DeadLinkHelp />
        )}
      </div>
    </Layout>
  )
}

function DeadLinkHelp() {
  return (
    <>
      <p class="lead">
        It was used already, its time is over, or a newer email or a change of the account has taken
        its place.
      </p>
      <ul class="sentences">
        <li>
          To choose a new password, <a href="/forgot">ask for another email</a>.
        </li>
        <li>
          To confirm or change your address, go to <a href="/settings/account">your account</a>.
        </li>
      </ul>
    </>
  )
}
