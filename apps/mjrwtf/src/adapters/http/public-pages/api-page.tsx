import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'

/** An operation of the API as the page shows it. */
interface DocumentedOperation {
  readonly method: string
  readonly path: string
  readonly summary: string
  readonly parameters: readonly { readonly name: string; readonly description: string }[]
  /** Fields of the JSON body. */
  readonly fields: readonly {
    readonly name: string
    readonly required: boolean
    readonly description: string
  }[]
  /** `null` if the operation accepts the session cookie only. */
  readonly scope: string | null
  readonly success: { readonly status: number }
  readonly failures: readonly number[]
}

interface ApiPageProps {
  readonly frame: Frame
  /** Origin of the API, without a trailing slash. */
  readonly origin: string
  /** How to authenticate. */
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
          OpenAPI description: <a href="/openapi.json">openapi.json</a>
        </p>
        <pre class="card example">
          <code>{example(origin)}</code>
        </pre>
        <p>
          Create a <a href="/settings/tokens">personal access token</a> for your scripts. It acts as
          you, within the scopes that you choose.
        </p>
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
  const { method, path, summary, parameters, fields, scope, success, failures } = operation
  return (
    <section class="card">
      <h2>{summary}</h2>
      <p class="mono destination">
        {method.toUpperCase()} {path}
      </p>
      {scope !== null && (
        <p>
          Scope: <code>{scope}</code>
        </p>
      )}
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
        Returns {success.status}; errors: {failures.join(', ')}.
        {scope === null && ' Requires the session cookie: no token is accepted.'}
      </p>
    </section>
  )
}

function Fields({ fields }: Pick<DocumentedOperation, 'fields'>) {
  return (
    <>
      <p>JSON body:</p>
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
