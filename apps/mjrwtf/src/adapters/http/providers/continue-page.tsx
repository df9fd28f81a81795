import type { Visit } from '../../../application/identities/provider-visits.ts'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'

interface ContinuePageProps {
  readonly frame: Frame
  /** Name of the provider. */
  readonly provider: string
  readonly purpose: Visit['purpose']
  /** Path that starts the visit. */
  readonly path: string
}

const texts = {
  'sign-in': {
    action: 'sign in',
    way: { path: '/login', label: 'Other ways to sign in' },
  },
  link: {
    action: 'connect your account',
    way: { path: '/settings/connected-accounts', label: 'Cancel' },
  },
  confirm: {
    action: 'confirm that it is you',
    way: { path: '/reauthenticate', label: 'Other ways to confirm' },
  },
} as const

/** Shown if another site opened the path that starts a visit. */
export function ContinuePage({ frame, provider, purpose, path }: ContinuePageProps) {
  const { action, way } = texts[purpose]
  return (
    <Layout frame={frame} title={`Continue with ${provider}?`}>
      <div class="narrow stack">
        <h1>Continue with {provider}?</h1>
        <p class="lead">
          Another site sent you here to {action} with {provider}. Continue only if you want that
          now.
        </p>
        <div class="actions">
          <a class="button" href={path}>
            Continue with {provider}
          </a>
          <a href={way.path}>{way.label}</a>
        </div>
      </div>
    </Layout>
  )
}

interface ReloadPageProps {
  readonly frame: Frame
  /** Path of the page itself. */
  readonly path: string
}

/** Shown for a moment, while the browser opens it again. */
export function ReloadPage({ frame, path }: ReloadPageProps) {
  return (
    <Layout frame={frame} title="Signing in">
      <div class="narrow stack">
        <h1>Signing in…</h1>
        <p>
          If nothing happens, <a href={path}>continue</a>.
        </p>
      </div>
    </Layout>
  )
}
