import type { Flash } from 'coatcheck/http'
import type { Child } from 'hono/jsx'

interface NoticeProps {
  readonly kind: 'good' | 'note' | 'error'
  readonly children?: Child
}

/** A message beside the content. Errors are announced at once, the others when the reader is idle. */
export function Notice({ kind, children }: NoticeProps) {
  return (
    <div class={`notice ${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
      {children}
    </div>
  )
}

/** Beside a form that is filled with what was typed before it was interrupted. */
export function RestoredNotice() {
  return <Notice kind="note">We kept what you had typed. Nothing was sent yet.</Notice>
}

/** Before somebody shows who they are, on the way to what they had typed. */
export function KeptNotice({ children }: { readonly children?: Child }) {
  return <p class="lead">Nothing was sent. What you had typed is kept for an hour{children}.</p>
}

export function Flashes({ flashes }: { readonly flashes: readonly Flash[] }) {
  if (flashes.length === 0) return null
  return (
    <div class="flashes">
      {flashes.map((flash) => (
        <Notice kind={flash.kind === 'error' ? 'error' : 'good'}>
          <p>{flash.message}</p>
        </Notice>
      ))}
    </div>
  )
}
