import type { LinkImport } from '../../../application/ports/import-repository.ts'
import { maxImportedLinks } from '../../../application/transfer/check-import.ts'
import { CsrfField } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { minuteText } from '../components/texts.ts'
import { stateText } from './import-texts.ts'
import { maxUploadSize } from './read-upload.ts'

interface ImportPageProps {
  readonly frame: Frame
  readonly latest: LinkImport | null
  /** Why the file was not accepted. */
  readonly problem: string | null
}

const count = new Intl.NumberFormat('en')

/** The form for a file, and the latest import. */
export function ImportPage({ frame, latest, problem }: ImportPageProps) {
  return (
    <Layout frame={frame} title="Import links">
      <div class="form-page stack">
        <h1>Import links</h1>
        <p class="lead">
          Bring your links from another service. We check the file first and show you what would be
          added: nothing changes before you confirm.
        </p>
        {latest !== null && <LatestImport latest={latest} />}
        <UploadForm csrfToken={frame.csrfToken} problem={problem} />
        <FileFormats />
      </div>
    </Layout>
  )
}

function LatestImport({ latest }: { readonly latest: LinkImport }) {
  return (
    <p class="hint">
      Latest import: <a href={`/links/import/${latest.id}`}>{latest.fileName}</a>,{' '}
      {minuteText(latest.createdAt)}: {stateText(latest)}
    </p>
  )
}

interface UploadFormProps {
  readonly csrfToken: string
  readonly problem: string | null
}

/** The token is the first field, so that a large file is not read before it was checked. */
function UploadForm({ csrfToken, problem }: UploadFormProps) {
  const limits = `Up to ${maxUploadSize / 1024 / 1024} MiB and ${count.format(maxImportedLinks)} links.`
  return (
    <form class="card stack" method="post" action="/links/import" enctype="multipart/form-data">
      <CsrfField token={csrfToken} />
      <div class="field">
        <label for="file">File</label>
        <input
          id="file"
          name="file"
          type="file"
          required
          accept=".csv,.tsv,.txt,.json,.db,.sqlite,.sqlite3"
          aria-describedby={problem === null ? 'file-hint' : 'file-problem file-hint'}
          aria-invalid={problem === null ? undefined : 'true'}
          autofocus={problem !== null}
        />
        <p class="hint" id="file-hint">
          {limits} Links whose codes are in use are skipped, never replaced.
        </p>
        {problem !== null && (
          <p class="problem" id="file-problem">
            {problem}
          </p>
        )}
      </div>
      <div class="actions">
        <button class="button" type="submit">
          Check file
        </button>
        <a class="button secondary" href="/dashboard">
          Cancel
        </a>
      </div>
    </form>
  )
}

function FileFormats() {
  return (
    <details class="card disclosure">
      <summary>Which files can I use?</summary>
      <ul class="sentences">
        <li>
          <strong>mjr.wtf</strong>: the <a href="/links/export?format=csv">export of your links</a>{' '}
          (CSV or JSON), or the database file of the older Go version, with its clicks
        </li>
        <li>
          <strong>Bitly</strong>, <strong>Kutt</strong>, <strong>Shlink</strong>: the CSV export of
          your links, or the JSON of the API
        </li>
        <li>
          <strong>YOURLS</strong>: the table <code>yourls_url</code> as CSV, with the names of its
          columns
        </li>
        <li>
          <strong>Any spreadsheet</strong>: CSV in UTF-8 whose first line names the columns{' '}
          <code>original_url</code> and, if you like, <code>short_code</code>, <code>title</code>,{' '}
          <code>tags</code>, <code>note</code>, <code>created_at</code> and <code>expires_at</code>
        </li>
      </ul>
      <p class="hint">
        A number of clicks in the file is added to the day on which the link was created. Times
        without a zone are read as UTC.
      </p>
    </details>
  )
}
