import type { SecondFactorPolicy } from '../../../domain/second-factor-policy.ts'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'

interface SetUpFactorPageProps {
  readonly frame: Frame
  readonly policy: SecondFactorPolicy
  readonly isRequired: boolean
}

/** Explains why a second factor is needed and offers the kinds, the strongest first. */
export function SetUpFactorPage({ frame, policy, isRequired }: SetUpFactorPageProps) {
  return (
    <SettingsLayout frame={frame} title="Set up a second factor" section="/settings/security">
      <p class="lead">{reasonText(policy, isRequired)}</p>
      <ul class="factor-choices">
        <li class="card stack">
          <div class="device-head">
            <h2>Passkey</h2>
            <span class="tag this-device">Recommended</span>
          </div>
          <p>
            Sign in with your fingerprint, face or screen lock. A passkey works only on this site,
            so it cannot be entered on a fake one.
          </p>
          <p>
            <a class="button" href="/settings/passkeys">
              Set up a passkey
            </a>
          </p>
        </li>
        <li class="card stack">
          <div class="device-head">
            <h2>Authenticator app</h2>
          </div>
          <p>
            Enter a six-digit code from an app on your phone when you sign in. Works in every
            browser, also without JavaScript.
          </p>
          <p>
            <a class="button secondary" href="/settings/authenticators">
              Set up an authenticator app
            </a>
          </p>
        </li>
      </ul>
      <p class="hint">
        Afterward, create recovery codes: with them you can sign in if you lose your device.
      </p>
    </SettingsLayout>
  )
}

function reasonText(policy: SecondFactorPolicy, isRequired: boolean): string {
  if (!isRequired) {
    return 'A second factor protects your account even if someone learns your password.'
  }
  return policy === 'everyone'
    ? 'This site requires a second factor for every account. Set one up to continue.'
    : 'Administrators of this site need a second factor before they can open the administration pages. Set one up to continue.'
}
