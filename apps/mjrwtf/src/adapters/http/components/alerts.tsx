import type { Flash } from 'coatcheck/http'
import type { Child } from 'hono/jsx'

interface AlertProps {
  readonly kind: 'success' | 'info' | 'error'
  readonly children?: Child
}

/** A message box. Screen readers announce errors immediately and the other kinds when they are idle. */
export function Alert({ kind, children }: AlertProps) {
  return (
    <div class={`alert ${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      {children}
    </div>
  )
}

/** Shown on every page while the database can only be read. */
export function ReadOnlyAlert() {
  return (
    <Alert kind="info">
      Changes cannot be saved at the moment. Short links keep working, and clicks are counted.
    </Alert>
  )
}

/** Shown to administrators while the site uses http on a private IP address. */
export function PlainHttpAlert() {
  return (
    <Alert kind="info">
      This site uses plain http: everyone in this network can read passwords and take over accounts.
      Set up https before you use it for more than a trial.
    </Alert>
  )
}

/** Shown with a form that was filled from a draft. */
export function DraftRestoredAlert() {
  return <Alert kind="info">We restored what you typed. It has not been submitted yet.</Alert>
}

/** Shown where the user must authenticate before the draft is restored. `children` follow the sentence. */
export function DraftSavedAlert({ children }: { readonly children?: Child }) {
  return (
    <p class="lead">Your form was not submitted. We saved what you typed for one hour{children}.</p>
  )
}

export function Flashes({ flashes }: { readonly flashes: readonly Flash[] }) {
  if (flashes.length === 0) return null
  return (
    <div class="flashes">
      {flashes.map((flash) => (
        <Alert kind={kindOf(flash)}>
          <p>{flash.message}</p>
        </Alert>
      ))}
    </div>
  )
}

function kindOf({ kind }: Flash): AlertProps['kind'] {
  return kind === 'error' || kind === 'info' ? kind : 'success'
}
