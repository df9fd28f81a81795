import type { Frame } from './frame.ts'
import { Layout } from './layout.tsx'

interface ErrorPageProps {
  readonly frame: Frame
  readonly status: number
  readonly title: string
  readonly message: string
  /** To quote to whoever runs the server. */
  readonly requestId: string
}

export function ErrorPage({ frame, status, title, message, requestId }: ErrorPageProps) {
  return (
    <Layout frame={frame} title={title}>
      <div class="narrow stack">
        <p class="status" aria-hidden="true">
          {status}
        </p>
        <h1>{title}</h1>
        <p class="lead">{message}</p>
        <p class="actions">
          <a class="button second" href="/">
            Go to the home page
          </a>
        </p>
        <p class="reference">
          Request <code>{requestId}</code>
        </p>
      </div>
    </Layout>
  )
}
