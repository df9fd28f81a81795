import type { Frame } from './frame.ts'
import { Layout } from './layout.tsx'

/** One way to call the API, as the page shows it. */
interface ShownOperation {
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly parameters: readonly { readonly name: string; readonly description: string }[]
  readonly success: { readonly status: number }
  readonly failures: readonly number[]
}

interface ApiPageProps {
  readonly frame: Frame
  /** How a call says whose it is. */
  readonly authentication: string
  readonly operations: readonly ShownOperation[]
}

export function ApiPage({ frame, authentication, operations }: ApiPageProps) {
  return (
    <Layout frame={frame} title="API">
      <div class="stack">
        <h1>API</h1>
        <p class="lead">{authentication}</p>
        <p>
          The whole description, for programs: <a href="/openapi.json">openapi.json</a>
        </p>
        {operations.map((operation) => (
          <OperationCard operation={operation} />
        ))}
      </div>
    </Layout>
  )
}

function OperationCard({ operation }: { readonly operation: ShownOperation }) {
  const { method, path, summary, parameters, success, failures } = operation
  return (
    <section class="card">
      <h2>{summary}</h2>
      <p class="mono destination">
        {method.toUpperCase()} {path}
      </p>
      {parameters.length > 0 && (
        <ul>
          {parameters.map(({ name, description }) => (
            <li>
              <code>{name}</code>: {description}
            </li>
          ))}
        </ul>
      )}
      <p class="hint">
        Answers {success.status}, or {failures.join(', ')}.
      </p>
    </section>
  )
}
