import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Timestamp } from '../components/timestamp.tsx'

interface PendingRemovalProps {
  readonly frame: Frame
  readonly dueAt: number
}

/** A removal of all second factors that an administrator has requested. The user can cancel it. */
export function PendingRemoval({ frame, dueAt }: PendingRemovalProps) {
  return (
    <section class="alert error stack" aria-labelledby="removal">
      <h2 id="removal">Your second factors are about to be removed</h2>
      <p>
        An administrator has requested this. On <Timestamp instant={dueAt} precision="minute" /> we
        will remove your second factors and recovery codes. After that, your password alone is
        enough to sign in. If you did not ask for this, cancel it now.
      </p>
      <form method="post" action="/settings/security/removal/cancel" data-once="">
        <CsrfField token={frame.csrfToken} />
        <button class="button small" type="submit">
          Cancel the removal
        </button>
      </form>
    </section>
  )
}
