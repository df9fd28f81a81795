import type { Flash } from 'coatcheck/http'
import type { Child } from 'hono/jsx'

interface AlertProps {
  readonly kind: 'success' | 'info' | 'error'
  readonly children?: Child
}

/** A message beside the content. Errors are announced at once, the others when the reader is idle. */
export function Alert({ kind, children }: AlertProps) {
  return (
    <div class={`alert ${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      {children}
    </div>
  )
}

/** Beside a form that is filled with what was typed before it was interrupted. */
export function DraftRestoredAlert() {
  return <Alert kind="info">We kept what you had typed. Nothing was sent yet.</Alert>
}

/** Before somebody shows who they are, on the way to what they had typed. */
export function DraftSavedAlert({ children }: { readonly children?: Child }) {
  return <p class="lead">Nothing was sent. What you had typed is kept for an hour{children}.</p>
}

export function Flashes({ flashes }: { readonly flashes: readonly Flash[] }) {
  if (flashes.length === 0) return null
  return (
    <div class="flashes">
      {flashes.map((flash) => (
        <Alert kind={flash.kind === 'error' ? 'error' : 'success'}>
          <p>{flash.message}</p>
        </Alert>
      ))}
    </div>
  )
}
