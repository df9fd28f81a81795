import { Field, type FieldErrors } from '../components/fields.tsx'
import { LocalTimeField } from '../components/local-time-field.tsx'
import { isUsed } from './link-detail-fields.tsx'
import type { LinkFormValues } from './link-fields.ts'

interface OptionFieldsProps {
  readonly values: LinkFormValues
  readonly fieldErrors: FieldErrors
  readonly passwordHint: string
  /** Whether the link exists, so that its password can be removed. */
  readonly isEdit?: boolean
}

const optionNames = [
  'starts_at',
  'fallback_url',
  'click_limit',
  'password',
  'forward_query',
] as const

/** What few links need. Open if one of them is used. */
export function OptionFields(props: OptionFieldsProps) {
  const { values, fieldErrors } = props
  return (
    <details class="disclosure" open={isUsed(props, optionNames)}>
      <summary>Start, click limit, password and more</summary>
      <div class="pair">
        <LocalTimeField
          name="starts_at"
          label="Starts"
          value={values.starts_at}
          valueZone={values.time_zone}
          problem={fieldErrors.starts_at}
          hint="Leave empty to start now."
        />
        <Field
          name="click_limit"
          label="Click limit"
          optional
          value={values.click_limit ?? ''}
          problem={fieldErrors.click_limit}
          hint="The link ends after this number of clicks."
          attributes={{ inputmode: 'numeric', autocomplete: 'off' }}
        />
        <Field
          name="fallback_url"
          label="Fallback URL"
          optional
          value={values.fallback_url ?? ''}
          problem={fieldErrors.fallback_url}
          hint="Where the link leads once it has ended."
          attributes={{ inputmode: 'url', autocomplete: 'off', autocapitalize: 'none' }}
        />
        <PasswordField {...props} />
        <QueryField value={values.forward_query} />
      </div>
    </details>
  )
}

/**
 * Not masked: it is shared with visitors, and a password manager would save it as the password of the account. Never filled in.
 */
function PasswordField({ fieldErrors, passwordHint, isEdit }: OptionFieldsProps) {
  return (
    <div>
      <Field
        name="password"
        label="Password"
        optional
        problem={fieldErrors.password}
        hint={passwordHint}
        attributes={{ autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false' }}
      />
      {isEdit === true && (
        <label class="check">
          <input type="checkbox" name="remove_password" value="on" />
          Remove the password
        </label>
      )}
    </div>
  )
}

function QueryField({ value = '' }: { readonly value: string | undefined }) {
  return (
    <div class="field">
      <label for="forward_query">Query string of the short link</label>
      <select id="forward_query" name="forward_query">
        <option value="" selected={value !== 'on'}>
          Ignore
        </option>
        <option value="on" selected={value === 'on'}>
          Add to the destination
        </option>
      </select>
    </div>
  )
}
