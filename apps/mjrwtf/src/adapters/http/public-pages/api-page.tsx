import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'

/** One way to call the API, as the page shows it. */
interface DocumentedOperation {
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly parameters: readonly { readonly name: string; readonly description: string }[]
  /** What the JSON body holds. */
  readonly fields: readonly {
    readonly name: string
    readonly required: boolean
    readonly description: string
  }[]
  readonly needsSession?: true
  readonly success: { readonly status: number }
  readonly failures: readonly number[]
}

interface ApiPageProps {
  readonly frame: Frame
  /** Where calls go, without a slash at the end. */
  readonly origin: string
  /** How a call says whose it is. */
  readonly authentication: string
  readonly operations: readonly DocumentedOperation[]
}

export function ApiPage({ frame, origin, authentication, operations }: ApiPageProps) {
  return (
    <Layout frame={frame} title="API">
      <div class="stack">
        <h1>API</h1>
        <p class="lead">{authentication}</p>
        <p>
          The whole description, for programs: <a href="/openapi.json">openapi.json</a>
        </p>
        <pre class="card example">
          <code>{example(origin)}</code>
        </pre>
        <p>Whoever runs this server sets the bearer tokens. They act as the first account.</p>
        {operations.map((operation) => (
          <OperationCard operation={operation} />
        ))}
      </div>
    </Layout>
  )
}

function example(origin: string): string {
  return [
    `curl ${origin}/api/urls`,
    "-H 'Authorization: Bearer TOKEN'",
    "-H 'Content-Type: application/json'",
    `-d '{"original_url": "https://example.com/"}'`,
  ].join(' \\\n  ')
}

function OperationCard({ operation }: { readonly operation: DocumentedOperation }) {
  const { method, path, summary, parameters, fields, needsSession, success, failures } = operation
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
      {fields.length > 0 && <Fields fields={fields} />}
      <p class="hint">
        Answers {success.status}, or {failures.join(', ')}.
        {needsSession === true && ' Only with the session cookie: a bearer token has no session.'}
      </p>
    </section>
  )
}

function Fields({ fields }: Pick<DocumentedOperation, 'fields'>) {
  return (
    <>
      <p>A JSON body with:</p>
      <ul>
        {fields.map(({ name, required, description }) => (
          <li>
            <code>{name}</code> ({required ? 'required' : 'optional'}): {description}
          </li>
        ))}
      </ul>
    </>
  )
}
