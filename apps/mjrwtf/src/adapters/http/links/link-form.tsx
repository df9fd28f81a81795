import type { FieldErrors } from '../components/fields.tsx'
import { CsrfField, DraftFields, Field } from '../components/fields.tsx'
import { withoutScheme } from '../components/link-card.tsx'

/** Values of a link form, as typed. */
export interface LinkFormValues {
  readonly destination: string
  readonly shortCode: string
  readonly expiresAt: string
}

export const emptyLinkForm: LinkFormValues = { destination: '', shortCode: '', expiresAt: '' }

interface LinkFormProps {
  readonly csrfToken: string
  readonly formOwnerToken: string
  /** Id of the draft that filled the form, or empty. */
  readonly draft: string
  /** Origin of short links. */
  readonly shortBaseUrl: string
  readonly values: LinkFormValues
  readonly fieldErrors: FieldErrors
}

/** The form that creates a link, on the home page and on its own page. */
export function LinkForm(props: LinkFormProps) {
  const { csrfToken, formOwnerToken, draft, shortBaseUrl, values, fieldErrors } = props
  return (
    <form method="post" action="/create">
      <CsrfField token={csrfToken} />
      <DraftFields ownerToken={formOwnerToken} draft={draft} />
      <DestinationField value={values.destination} problem={fieldErrors.original_url} />
      <div class="pair">
        <Field
          name="short_code"
          label="Short code"
          optional
          prefix={`${withoutScheme(shortBaseUrl)}/`}
          value={values.shortCode}
          problem={fieldErrors.short_code}
          hint="3 to 20 letters, digits, hyphens or underscores. Leave empty to get a random code."
          attributes={{
            autocomplete: 'off',
            autocapitalize: 'none',
            spellcheck: 'false',
            maxlength: 20,
          }}
        />
        <ExpiryField value={values.expiresAt} problem={fieldErrors.expires_at} />
      </div>
      <div class="actions">
        <button class="button" type="submit">
          Create link
        </button>
      </div>
    </form>
  )
}

interface ValueProps {
  readonly value: string
  readonly problem?: string | undefined
}

export function DestinationField({ value, problem }: ValueProps) {
  return (
    <Field
      name="original_url"
      label="Destination URL"
      type="url"
      value={value}
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
export function ExpiryField({ value, problem }: ValueProps) {
  return (
    <Field
      name="expires_at"
      label="Expires"
      type="datetime-local"
      optional
      value={value}
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
