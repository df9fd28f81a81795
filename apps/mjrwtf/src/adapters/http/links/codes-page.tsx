import type { CodesOfLink } from '../../../application/links/link-codes.ts'
import { Alert, DraftRestoredAlert } from '../components/alerts.tsx'
import { CsrfField, DraftFields, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import { CopyButton, withoutScheme } from '../components/link-card.tsx'
import type { FormState } from '../forms/form-page.ts'
import { codeSegment, linkPath, shortUrlOf } from '../short-url.ts'

interface CodeFormValues {
  readonly short_code?: string | undefined
  readonly main?: string | undefined
}

interface CodesPageProps extends CodesOfLink, FormState<CodeFormValues> {
  readonly frame: Frame
  readonly shortBaseUrl: string
}

/** All codes of a link, with what can be done with each. */
export function CodesPage(props: CodesPageProps) {
  const { frame, link, codes } = props
  return (
    <Layout frame={frame} title={`Short codes of /${link.shortCode}`}>
      <div class="stack">
        <p class="back">
          <a href={linkPath(link.shortCode)}>/{link.shortCode}</a>
        </p>
        <h1>Short codes</h1>
        <p class="lead">
          All of them lead to the same destination, and their clicks count together.
        </p>
        {props.isRestored && <DraftRestoredAlert />}
        {props.problem !== null && <Alert kind="error">{props.problem}</Alert>}
        <ul class="link-codes">
          {codes.map((code) => (
            <CodeItem {...props} code={code} />
          ))}
        </ul>
        <AddCodeForm {...props} />
      </div>
    </Layout>
  )
}

function CodeItem({ code, ...props }: CodesPageProps & { readonly code: string }) {
  const { link, shortBaseUrl } = props
  const shortUrl = shortUrlOf(shortBaseUrl, code)
  return (
    <li class="card">
      <p class="short-url">
        <bdi>{withoutScheme(shortUrl)}</bdi>
      </p>
      <div class="actions">
        <CopyButton text={shortUrl} label="Copy" variant="button secondary small" subject={code} />
        {code === link.shortCode ? (
          <span class="tag">Main code</span>
        ) : (
          <FurtherCode {...props} code={code} />
        )}
      </div>
    </li>
  )
}

function FurtherCode({ code, link, frame }: CodesPageProps & { readonly code: string }) {
  return (
    <>
      <form method="post" action={linkPath(link.shortCode, `codes/${codeSegment(code)}/main`)}>
        <CsrfField token={frame.csrfToken} />
        <button class="button secondary small" type="submit">
          Make main<span class="visually-hidden"> {code}</span>
        </button>
      </form>
      <details class="disclosure danger">
        <summary>
          Remove<span class="visually-hidden"> {code}</span>
        </summary>
        <form method="post" action={linkPath(link.shortCode, `codes/${codeSegment(code)}/remove`)}>
          <CsrfField token={frame.csrfToken} />
          <p>
            Remove /{code}? It will stop working for everyone. No other link can use it, but you can
            add it to this link again.
          </p>
          <p class="actions">
            <button class="button danger" type="submit">
              Remove {code}
            </button>
          </p>
        </form>
      </details>
    </>
  )
}

function AddCodeForm({ frame, link, draft, shortBaseUrl, values, fieldErrors }: CodesPageProps) {
  return (
    <form class="card" method="post" action={linkPath(link.shortCode, 'codes')}>
      <h2>Add a code</h2>
      <CsrfField token={frame.csrfToken} />
      <DraftFields ownerToken={frame.formOwnerToken} draft={draft} />
      <Field
        name="short_code"
        label="Short code"
        prefix={`${withoutScheme(shortBaseUrl)}/`}
        value={values.short_code ?? ''}
        problem={fieldErrors.short_code ?? fieldErrors.shortCode}
        hint="Up to 64 characters of any language, without spaces."
        attributes={{ autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' }}
      />
      <label class="check">
        <input type="checkbox" name="main" value="on" checked={values.main !== undefined} /> Make it
        the main code. The current one keeps working.
      </label>
      <div class="actions">
        <button class="button" type="submit">
          Add code
        </button>
        <a href={linkPath(link.shortCode)}>Back to the link</a>
      </div>
    </form>
  )
}
