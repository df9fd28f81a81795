import type { Frame } from './frame.ts'
import { Layout } from './layout.tsx'

interface ErrorPageProps {
  readonly frame: Frame
  readonly status: number
  readonly title: string
  readonly message: string
  /** Errors of fields that no form of the app sends. */
  readonly fields: Readonly<Record<string, string>>
  /** A link shown before the link to the home page. */
  readonly nextStep: { readonly path: string; readonly label: string } | null
  /** For the administrator, who finds the request in the log by it. */
  readonly requestId: string
}

export function ErrorPage(props: ErrorPageProps) {
  const { frame, status, title, message, fields, nextStep, requestId } = props
  return (
    <Layout frame={frame} title={title}>
      <div class="narrow stack">
        <p class="status" aria-hidden="true">
          {status}
        </p>
        <h1>{title}</h1>
        <p class="lead">{message}</p>
        <FieldErrorList fields={fields} />
        <p class="actions">
          {nextStep !== null && (
            <a class="button" href={nextStep.path}>
              {nextStep.label}
            </a>
          )}
          <a class="button secondary" href={frame.home}>
            Go to home page
          </a>
        </p>
        <p class="reference">
          Request ID: <code>{requestId}</code>
        </p>
      </div>
    </Layout>
  )
}

function FieldErrorList({ fields }: Pick<ErrorPageProps, 'fields'>) {
  const entries = Object.entries(fields)
  if (entries.length === 0) return null
  return (
    <ul>
      {entries.map(([name, problem]) => (
        <li>
          <code>{name}</code>: {problem}
        </li>
      ))}
    </ul>
  )
}
