import type { FieldErrors } from '../components/fields.tsx'
import { CsrfField, DraftFields, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { withoutScheme } from '../components/link-card.tsx'
import type { LinkFormValues } from './link-fields.ts'

interface LinkFormProps {
  readonly frame: Frame
  /** Id of the draft that filled the form, or empty. */
  readonly draft: string
  readonly values: LinkFormValues
  readonly fieldErrors: FieldErrors
}

interface CreateLinkFormProps extends LinkFormProps {
  /** Origin of short links. */
  readonly shortBaseUrl: string
}

/** The form that creates a link, on the home page and on its own page. */
export function CreateLinkForm(props: CreateLinkFormProps) {
  const { frame, draft, shortBaseUrl, values, fieldErrors } = props
  return (
    <form method="post" action="/create">
      <CsrfField token={frame.csrfToken} />
      <DraftFields ownerToken={frame.formOwnerToken} draft={draft} />
      <DestinationField value={values.original_url} problem={fieldErrors.original_url} />
      <div class="pair">
        <Field
          name="short_code"
          label="Short code"
          optional
          prefix={`${withoutScheme(shortBaseUrl)}/`}
          value={values.short_code ?? ''}
          problem={fieldErrors.short_code}
          hint="3 to 20 letters, digits, hyphens or underscores. Leave empty to get a random code."
          attributes={{
            autocomplete: 'off',
            autocapitalize: 'none',
            spellcheck: 'false',
            maxlength: 20,
          }}
        />
        <ExpiryField value={values.expires_at} problem={fieldErrors.expires_at} />
      </div>
      <div class="actions">
        <button class="button" type="submit">
          Create link
        </button>
      </div>
    </form>
  )
}

interface EditLinkFormProps extends LinkFormProps {
  readonly shortCode: string
}

export function EditLinkForm(props: EditLinkFormProps) {
  const { frame, draft, shortCode, values, fieldErrors } = props
  return (
    <form class="card" method="post" action={`/links/${shortCode}/edit`}>
      <CsrfField token={frame.csrfToken} />
      <DraftFields ownerToken={frame.formOwnerToken} draft={draft} />
      <DestinationField value={values.original_url} problem={fieldErrors.original_url} />
      <ExpiryField value={values.expires_at} problem={fieldErrors.expires_at} />
      <div class="actions">
        <button class="button" type="submit">
          Save changes
        </button>
        <a href="/dashboard">Cancel</a>
      </div>
    </form>
  )
}

interface ValueProps {
  readonly value: string | undefined
  readonly problem?: string | undefined
}

function DestinationField({ value, problem }: ValueProps) {
  return (
    <Field
      name="original_url"
      label="Destination URL"
      type="url"
      value={value ?? ''}
      problem={problem}
      attributes={{
        autocomplete: 'off',
        placeholder: 'https://example.com/a/long/path',
        maxlength: 2048,
      }}
    />
  )
}

/** The script converts the value to the time zone of the browser, and back to UTC when the form is submitted. */
function ExpiryField({ value, problem }: ValueProps) {
  return (
    <Field
      name="expires_at"
      label="Expires"
      type="datetime-local"
      optional
      value={value ?? ''}
      problem={problem}
      hint={
        <>
          Leave empty to keep the link forever. (<span data-zone-name="">UTC</span>)
        </>
      }
      attributes={{ 'data-utc': '' }}
    />
  )
}
