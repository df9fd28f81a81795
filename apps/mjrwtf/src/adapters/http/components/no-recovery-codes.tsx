import { Alert } from './alerts.tsx'

/** Shown to users who have a second factor and would be locked out without it. */
export function NoRecoveryCodes() {
  return (
    <Alert kind="info">
      <p>
        <strong>You have no recovery codes.</strong> They let you sign in if you lose your device.{' '}
        <a href="/settings/recovery-codes">Create recovery codes</a>
      </p>
    </Alert>
  )
}
