import type { SecurityOverview } from '../../../application/security-overview/security-overview.ts'
import type { SecondFactor, SecondFactorKind } from '../../../domain/second-factor.ts'
import type { SecondFactorPolicy } from '../../../domain/second-factor-policy.ts'
import type { SecurityStep } from '../../../domain/security-step.ts'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import { countText, relativeText } from '../components/texts.ts'
import { Timestamp } from '../components/timestamp.tsx'
import { NextSteps } from './next-steps.tsx'
import { PendingRemoval } from './pending-removal.tsx'
import { SecurityRow } from './security-row.tsx'

interface SecurityPageProps {
  readonly frame: Frame
  readonly overview: SecurityOverview
  /** In order of importance. */
  readonly steps: readonly SecurityStep[]
  readonly policy: SecondFactorPolicy
  readonly now: number
}

/** The state of the account at a glance, what to do next, and links to all pages of it. */
export function SecurityPage({ frame, overview, steps, policy, now }: SecurityPageProps) {
  const { removal } = overview
  return (
    <SettingsLayout frame={frame} title="Security">
      {removal !== null && <PendingRemoval frame={frame} dueAt={removal.dueAt} />}
      {(removal === null || steps.length > 0) && (
        <NextSteps
          steps={steps}
          isUrgent={removal === null}
          hasPassword={overview.passwordSetAt !== null}
        />
      )}
      <section class="stack" aria-labelledby="sign-in">
        <h2 id="sign-in">How you sign in</h2>
        <ul class="security-rows">
          <PasswordRow overview={overview} now={now} />
          <FactorRow kind="passkey" overview={overview} now={now} />
          <FactorRow kind="authenticator" overview={overview} now={now} />
          {hasKind(overview, 'phone') && <FactorRow kind="phone" overview={overview} now={now} />}
          <RecoveryCodesRow overview={overview} />
          <ConnectedAccountsRow overview={overview} />
        </ul>
        <p class="hint">{policyTexts[policy]}</p>
      </section>
      <section class="stack" aria-labelledby="access">
        <h2 id="access">Who can use your account</h2>
        <ul class="security-rows">
          <AccessRows overview={overview} />
        </ul>
      </section>
      <section class="stack" aria-labelledby="account">
        <h2 id="account">Account</h2>
        <ul class="security-rows">
          <EmailRow overview={overview} />
          <SecurityRow
            name="Security log"
            state="What happened to your account in the last 12 months"
            link={{ href: '/settings/security-log', label: 'Review', of: 'the security log' }}
          />
        </ul>
      </section>
    </SettingsLayout>
  )
}

interface RowProps {
  readonly overview: SecurityOverview
}

function PasswordRow({ overview, now }: RowProps & { readonly now: number }) {
  const { passwordSetAt } = overview
  const href = '/settings/password'
  if (passwordSetAt === null) {
    return (
      <SecurityRow
        name="Password"
        state="None: you sign in without one"
        link={{ href, label: 'Set up', of: 'a password' }}
      />
    )
  }
  return (
    <SecurityRow
      name="Password"
      state={`Set ${relativeText(passwordSetAt, now)}`}
      link={{ href, label: 'Change', of: 'the password' }}
    >
      <p class="hint">It can be changed, but not removed.</p>
    </SecurityRow>
  )
}

const kindTexts = {
  passkey: {
    name: 'Passkeys',
    noun: 'passkey',
    href: '/settings/passkeys',
    of: 'passkeys',
  },
  authenticator: {
    name: 'Authenticator apps',
    noun: 'authenticator app',
    href: '/settings/authenticators',
    of: 'authenticator apps',
  },
  phone: {
    name: 'Phone',
    noun: 'phone number',
    href: '/settings/phone',
    of: 'the phone number',
  },
} as const satisfies Readonly<Record<SecondFactorKind, object>>

function hasKind({ factors }: SecurityOverview, kind: SecondFactorKind): boolean {
  return factors.some((factor) => factor.kind === kind)
}

interface FactorRowProps extends RowProps {
  readonly kind: SecondFactorKind
  readonly now: number
}

function FactorRow({ kind, overview, now }: FactorRowProps) {
  const { name, noun, href, of } = kindTexts[kind]
  const factors = overview.factors.filter((factor) => factor.kind === kind)
  const isSet = factors.length > 0
  return (
    <SecurityRow
      name={name}
      state={isSet ? countText(factors.length, noun) : 'None'}
      link={{ href, label: isSet ? 'Manage' : 'Set up', of }}
    >
      {isSet && (
        <ul class="factor-names">
          {factors.map((factor) => (
            <FactorName factor={factor} now={now} />
          ))}
        </ul>
      )}
    </SecurityRow>
  )
}

function FactorName({ factor, now }: { readonly factor: SecondFactor; readonly now: number }) {
  const { name, lastUsedAt, createdAt } = factor
  const use =
    lastUsedAt === null
      ? `added ${relativeText(createdAt, now)}`
      : `last used ${relativeText(lastUsedAt, now)}`
  return (
    <li>
      <span class="breakable">{name}</span> <span class="hint">{use}</span>
    </li>
  )
}

function RecoveryCodesRow({ overview }: RowProps) {
  const { factors, unusedRecoveryCodes: codes } = overview
  const link = { href: '/settings/recovery-codes', label: 'Manage', of: 'recovery codes' }
  if (factors.length === 0 && codes === 0) {
    return (
      <SecurityRow
        name="Recovery codes"
        state="Available once you have a second factor"
        link={link}
      />
    )
  }
  return <SecurityRow name="Recovery codes" state={`${codes} left`} link={link} />
}

function ConnectedAccountsRow({ overview: { connectedProviders } }: RowProps) {
  return (
    <SecurityRow
      name="Connected accounts"
      state={
        connectedProviders.length === 0
          ? 'None'
          : `You can sign in with ${listText(connectedProviders)}`
      }
      link={{ href: '/settings/connected-accounts', label: 'Manage', of: 'connected accounts' }}
    />
  )
}

const listFormat = new Intl.ListFormat('en', { type: 'disjunction' })

function listText(names: readonly string[]): string {
  return listFormat.format(names)
}

function AccessRows({ overview }: RowProps) {
  const { sessions, trustedBrowsers, personalTokens, connectedApps, factors } = overview
  const noneText = factors.length === 0 ? 'None' : 'None: every sign-in has a second step'
  return (
    <>
      <SecurityRow
        name="Devices"
        state={`Signed in on ${countText(sessions, 'device')}`}
        link={{ href: '/settings/sessions', label: 'Review', of: 'devices' }}
      />
      <SecurityRow
        name="Trusted browsers"
        state={
          trustedBrowsers === 0
            ? noneText
            : `${countText(trustedBrowsers, 'browser')} can sign in with the password alone`
        }
        link={{ href: '/settings/sessions', label: 'Review', of: 'trusted browsers' }}
      />
      <SecurityRow
        name="Access tokens"
        state={
          personalTokens === 0
            ? 'None'
            : `${countText(personalTokens, 'token')} can use the API as you`
        }
        link={{ href: '/settings/tokens', label: 'Manage', of: 'access tokens' }}
      />
      <SecurityRow
        name="Connected apps"
        state={
          connectedApps === 0 ? 'None' : `${countText(connectedApps, 'app')} can use your account`
        }
        link={{ href: '/settings/connected-apps', label: 'Review', of: 'connected apps' }}
      />
    </>
  )
}

function EmailRow({ overview }: RowProps) {
  const { verifiedAt, pending } = overview.email
  return (
    <SecurityRow
      name="Email"
      state={verifiedAt === null ? 'Not verified' : 'Verified'}
      link={{ href: '/settings/account', label: 'Manage', of: 'the email' }}
    >
      {pending !== null && (
        <p class="hint">
          A change to <span class="breakable">{pending.newEmail}</span> is waiting for its
          confirmation until <Timestamp instant={pending.expiresAt} precision="minute" />.
        </p>
      )}
    </SecurityRow>
  )
}

const policyTexts: Readonly<Record<SecondFactorPolicy, string>> = {
  off: 'A second factor is optional on this site.',
  administrators: 'A second factor is required for administrators of this site.',
  everyone: 'A second factor is required for every account on this site.',
}
