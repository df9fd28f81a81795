import type { LinkImport } from '../../../application/ports/import-repository.ts'
import { maxStoredProblems } from '../../../application/transfer/check-import.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { countText } from '../components/texts.ts'
import { formatNames } from './import-texts.ts'

interface ImportStateProps {
  readonly frame: Frame
  readonly linkImport: LinkImport
}

/** What would be added, how far an import is, or what it has added. */
export function ImportStatePage({ frame, linkImport }: ImportStateProps) {
  const isMoving = ['checking', 'running', 'canceling'].includes(linkImport.state)
  return (
    <Layout frame={frame} title="Import links">
      <div class="form-page stack">
        <h1>{titles[linkImport.state]}</h1>
        <p class="hint">
          {linkImport.fileName}, read as {formatNames[linkImport.format]}
        </p>
        <section
          class="card stack"
          aria-label="Progress"
          data-refresh={isMoving ? `/links/import/${linkImport.id}` : undefined}
        >
          <State linkImport={linkImport} csrfToken={frame.csrfToken} />
        </section>
        {!isMoving && <Problems linkImport={linkImport} />}
      </div>
    </Layout>
  )
}

const titles = {
  checking: 'Checking the file',
  ready: 'Check the import',
  running: 'Importing links',
  canceling: 'Canceling the import',
  done: 'Import complete',
  canceled: 'Import canceled',
} as const satisfies Readonly<Record<LinkImport['state'], string>>

interface StateProps {
  readonly linkImport: LinkImport
  readonly csrfToken: string
}

function State({ linkImport, csrfToken }: StateProps) {
  const path = `/links/import/${linkImport.id}`
  switch (linkImport.state) {
    case 'ready':
      return <Ready {...{ linkImport, csrfToken, path }} />
    case 'checking':
    case 'running':
    case 'canceling':
      return <Moving {...{ linkImport, csrfToken, path }} />
    case 'done':
      return (
        <>
          <p>
            <strong>{countText(linkImport.added, 'link')} added.</strong>
          </p>
          <ToLinks />
        </>
      )
    case 'canceled':
      return (
        <>
          <p>The links that had been added were removed again, and their codes are free.</p>
          <ToLinks />
        </>
      )
  }
}

function ToLinks() {
  return (
    <p class="actions">
      <a class="button" href="/dashboard">
        View links
      </a>
      <a class="button secondary" href="/links/import">
        Import another file
      </a>
    </p>
  )
}

function Ready({ linkImport, csrfToken, path }: StateProps & { readonly path: string }) {
  const { links } = linkImport
  return (
    <>
      <p>
        <strong>{countText(links, 'link')} can be added.</strong> Nothing was added yet.
      </p>
      <div class="actions">
        {links > 0 && (
          <form method="post" action={`${path}/start`}>
            <CsrfField token={csrfToken} />
            <button class="button" type="submit">
              Add {countText(links, 'link')}
            </button>
          </form>
        )}
        <CancelForm {...{ path, csrfToken }} label="Discard" />
      </div>
    </>
  )
}

function Moving({ linkImport, csrfToken, path }: StateProps & { readonly path: string }) {
  const { state, steps, completedSteps } = linkImport
  const percent = steps === 0 ? 0 : Math.floor((100 * completedSteps) / steps)
  return (
    <>
      {state === 'running' ? (
        <p>
          <label for="progress">{percent} % complete</label>{' '}
          <progress id="progress" max={steps} value={completedSteps}></progress>
        </p>
      ) : (
        <p>This takes a few seconds.</p>
      )}
      <p class="hint">You can leave this page: the import continues.</p>
      <div class="actions">
        <a class="button secondary" href={path}>
          Update
        </a>
        {state === 'running' && <CancelForm {...{ path, csrfToken }} label="Cancel and undo" />}
      </div>
    </>
  )
}

interface CancelFormProps {
  readonly path: string
  readonly csrfToken: string
  readonly label: string
}

function CancelForm({ path, csrfToken, label }: CancelFormProps) {
  return (
    <form method="post" action={`${path}/cancel`}>
      <CsrfField token={csrfToken} />
      <button class="button secondary" type="submit">
        {label}
      </button>
    </form>
  )
}

/** Problems on the page. The file has all that are stored. */
const maxShown = 100

function Problems({ linkImport: { id, problems, problemCount } }: Pick<StateProps, 'linkImport'>) {
  if (problemCount === 0) return null
  return (
    <section class="card stack" aria-labelledby="problems">
      <h2 id="problems">{countText(problemCount, 'line')} skipped</h2>
      <ol class="sentences problems">
        {problems.slice(0, maxShown).map(({ line, shortCode, message }) => (
          <li>
            <strong>Line {line}</strong>
            {shortCode !== '' && (
              <>
                {' '}
                <code>{shortCode}</code>
              </>
            )}
            : {message}
          </li>
        ))}
      </ol>
      {problemCount > maxShown && (
        <p class="hint">
          Only the first {maxShown} are shown.{' '}
          {problemCount > maxStoredProblems &&
            `The file has the first ${maxStoredProblems.toLocaleString('en')}.`}
        </p>
      )}
      <p>
        <a class="button secondary" href={`/links/import/${id}/problems`}>
          Download as CSV
        </a>
      </p>
    </section>
  )
}
