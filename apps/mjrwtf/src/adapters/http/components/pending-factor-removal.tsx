import { Alert } from './alerts.tsx'
import { CsrfField } from './fields.tsx'
import { Timestamp } from './timestamp.tsx'

interface PendingFactorRemovalProps {
  readonly dueAt: number
  readonly csrfToken: string
}

/** Warns the user that their second factors will be removed, with the button that cancels it. */
export function PendingFactorRemoval({ dueAt, csrfToken }: PendingFactorRemovalProps) {
  return (
    <Alert kind="error">
      <form class="stack" method="post" action="/settings/factor-removal/cancel" data-once="">
        <CsrfField token={csrfToken} />
        <p>
          <strong>
            All your second factors will be removed on{' '}
            <Timestamp instant={dueAt} precision="minute" />.
          </strong>{' '}
          The administrator was asked to do this because you lost them. If it was not you, keep them
          and choose a new password.
        </p>
        <button class="button secondary small" type="submit">
          Keep my second factors
        </button>
      </form>
    </Alert>
  )
}
