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
