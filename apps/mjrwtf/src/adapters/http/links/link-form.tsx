import type { FieldErrors } from '../components/fields.tsx'
import { CsrfField, DraftFields, Field } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { withoutScheme } from '../components/link-card.tsx'
import { LocalTimeField, LocalZone } from '../components/local-time-field.tsx'
import { linkPath } from '../short-url.ts'
import { CampaignFields, isUsed, TextFields } from './link-detail-fields.tsx'
import type { LinkFormValues } from './link-fields.ts'
import { OptionFields } from './link-option-fields.tsx'
import { createPath } from './prefilled-form.ts'

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
      <LocalZone />
      <DestinationField
        value={values.original_url}
        problem={fieldErrors.original_url}
        isFirst={frame.path === createPath && Object.keys(fieldErrors).length === 0}
      />
      <div class="pair">
        <Field
          name="short_code"
          label="Short code"
          optional
          prefix={`${withoutScheme(shortBaseUrl)}/`}
          value={values.short_code ?? ''}
          problem={fieldErrors.short_code}
          hint="Up to 64 characters of any language, without spaces. Leave empty to get a random code."
          attributes={{
            autocomplete: 'off',
            autocapitalize: 'none',
            spellcheck: 'false',
          }}
        />
        <ExpiryField values={values} fieldErrors={fieldErrors} />
      </div>
      <DomainField
        hosts={[withoutScheme(shortBaseUrl), ...frame.shortHosts]}
        value={values.domain}
        problem={fieldErrors.domain}
      />
      <div class="disclosures">
        <details class="disclosure" open={isUsed(props, ['title', 'tags', 'note'])}>
          <summary>Title, tags and note</summary>
          <TextFields values={values} fieldErrors={fieldErrors} />
        </details>
        <OptionFields {...props} passwordHint="Visitors must enter it." />
        <CampaignFields values={values} />
      </div>
      <div class="actions">
        <button class="button" type="submit">
          Create link
        </button>
      </div>
    </form>
  )
}

interface DomainFieldProps {
  /** The default host first. */
  readonly hosts: readonly string[]
  readonly value: string | undefined
  readonly problem: string | undefined
}

/** Only where there is a choice. */
function DomainField({ hosts: [defaultHost = '', ...others], value, problem }: DomainFieldProps) {
  if (others.length === 0) return null
  return (
    <div class="field">
      <label for="domain">Domain</label>
      <select
        id="domain"
        name="domain"
        autofocus={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : 'domain-problem'}
        aria-invalid={problem === undefined ? undefined : 'true'}
      >
        <option value="">{defaultHost}</option>
        {others.map((host) => (
          <option value={host} selected={host === value}>
            {host}
          </option>
        ))}
      </select>
      {problem !== undefined && (
        <p class="problem" id="domain-problem">
          {problem}
        </p>
      )}
    </div>
  )
}

interface EditLinkFormProps extends LinkFormProps {
  readonly shortCode: string
}

export function EditLinkForm(props: EditLinkFormProps) {
  const { frame, draft, shortCode, values, fieldErrors } = props
  return (
    <form class="card" method="post" action={linkPath(shortCode, 'edit')}>
      <CsrfField token={frame.csrfToken} />
      <DraftFields ownerToken={frame.formOwnerToken} draft={draft} />
      <LocalZone />
      <DestinationField value={values.original_url} problem={fieldErrors.original_url} />
      <ExpiryField values={values} fieldErrors={fieldErrors} />
      <TextFields values={values} fieldErrors={fieldErrors} />
      <div class="disclosures">
        <OptionFields
          {...props}
          passwordHint="Leave empty to keep the password that the link has."
          isEdit
        />
      </div>
      <div class="actions">
        <button class="button" type="submit">
          Save changes
        </button>
        <a href={linkPath(shortCode)}>Cancel</a>
      </div>
    </form>
  )
}

interface ValueProps {
  readonly value: string | undefined
  readonly problem?: string | undefined
}

interface DestinationProps extends ValueProps {
  /** Whether the page is about this field, which has the focus while it is empty. */
  readonly isFirst?: boolean
}

function DestinationField({ value = '', problem, isFirst = false }: DestinationProps) {
  return (
    <Field
      name="original_url"
      label="Destination URL"
      value={value}
      problem={problem}
      attributes={{
        ...(isFirst && value === '' ? { autofocus: true } : {}),
        autocomplete: 'off',
        autocapitalize: 'none',
        spellcheck: 'false',
        // Not the type: a browser would reject `example.com`, which is completed.
        inputmode: 'url',
        placeholder: 'https://example.com/a/long/path',
      }}
    />
  )
}

function ExpiryField({ values, fieldErrors }: Pick<LinkFormProps, 'values' | 'fieldErrors'>) {
  return (
    <LocalTimeField
      name="expires_at"
      label="Expires"
      value={values.expires_at}
      valueZone={values.time_zone}
      problem={fieldErrors.expires_at}
      hint="Leave empty to keep the link forever."
    />
  )
}
