import { tokenLifetimes } from '../../../application/personal-tokens/read-token-form.ts'
import { describeScopes } from '../../../application/shared/scope-texts.ts'
import { maxTokenLifetime } from '../../../domain/personal-token.ts'
import { type Scope, scopes } from '../../../domain/scope.ts'
import { day } from '../../../domain/time.ts'
import { Alert, DraftRestoredAlert } from '../components/alerts.tsx'
import { CsrfField, DraftFields, Field, type FieldErrors } from '../components/fields.tsx'
import type { Frame } from '../components/frame.ts'
import { SettingsLayout } from '../components/settings-layout.tsx'
import type { FormState } from '../forms/form-page.ts'
import { checkedScopes, type TokenFormValues } from './token-form.ts'
import { tokensPath } from './tokens-page.tsx'

interface NewTokenPageProps extends FormState<TokenFormValues> {
  readonly frame: Frame
  readonly now: number
}

/** The form that creates a token. */
export function NewTokenPage(props: NewTokenPageProps) {
  const { frame, values, fieldErrors, problem, draft, isRestored } = props
  return (
    <SettingsLayout frame={frame} title="Create an access token" section={tokensPath}>
      {isRestored && <DraftRestoredAlert />}
      {problem !== null && <Alert kind="error">{problem}</Alert>}
      <form class="card" method="post" action={`${tokensPath}/new`} data-once="">
        <CsrfField token={frame.csrfToken} />
        <DraftFields ownerToken={frame.formOwnerToken} draft={draft} />
        <input type="hidden" name="id" value={values.id} />
        <Field
          name="name"
          label="Name"
          value={values.name}
          problem={fieldErrors.name}
          hint={'What will use it, such as \u201cBackup script\u201d.'}
          attributes={{ autocomplete: 'off' }}
        />
        <ScopeFields {...props} />
        <ExpiryFields {...props} />
        <NetworksField value={values.networks} problem={fieldErrors.networks} />
        <div class="actions">
          <button class="button" type="submit">
            Create token
          </button>
          <a href={tokensPath}>Cancel</a>
        </div>
      </form>
    </SettingsLayout>
  )
}

interface FieldsProps {
  readonly frame: Frame
  readonly values: TokenFormValues
  readonly fieldErrors: FieldErrors
}

function ScopeFields({ frame, values, fieldErrors: { scopes: problem } }: FieldsProps) {
  const checked = checkedScopes(values)
  const offered = scopes.filter((scope) => scope !== 'admin' || frame.viewer?.isOperator === true)
  return (
    <fieldset class="field choices" aria-describedby={problem && 'scopes-problem'}>
      <legend class="label">The token may</legend>
      {offered.map((scope, index) => (
        <ScopeField
          scope={scope}
          isChecked={checked.includes(scope)}
          isInvalid={problem !== undefined}
          isFirst={index === 0}
        />
      ))}
      {problem !== undefined && (
        <p class="problem" id="scopes-problem">
          {problem}
        </p>
      )}
    </fieldset>
  )
}

interface ScopeFieldProps {
  readonly scope: Scope
  readonly isChecked: boolean
  readonly isInvalid: boolean
  readonly isFirst: boolean
}

function ScopeField({ scope, isChecked, isInvalid, isFirst }: ScopeFieldProps) {
  const id = scope.replace(':', '-')
  return (
    <div class="check">
      <input
        id={id}
        type="checkbox"
        name={scope}
        checked={isChecked}
        aria-invalid={isInvalid ? 'true' : undefined}
        autofocus={isInvalid && isFirst}
      />
      <label for={id}>
        {describeScopes([scope])} <code>{scope}</code>
      </label>
    </div>
  )
}

const lifetimeTexts: Readonly<Record<(typeof tokenLifetimes)[number], string>> = {
  7: 'In 7 days',
  30: 'In 30 days',
  90: 'In 90 days',
  365: 'In a year',
}

/** The date is shown only if it is chosen, where the browser supports that without a script. */
function ExpiryFields({ values, fieldErrors, now }: FieldsProps & { readonly now: number }) {
  const { lifetime: problem, expires_on: dateProblem } = fieldErrors
  const options = [
    ...tokenLifetimes.map((days) => [String(days), lifetimeTexts[days]] as const),
    ['date', 'On a date'] as const,
  ]
  return (
    <div class="pair expiry">
      <div class="field">
        <label for="lifetime">Expires</label>
        <select id="lifetime" name="lifetime" aria-describedby={problem && 'lifetime-problem'}>
          {options.map(([value, text]) => (
            <option value={value} selected={values.lifetime === value}>
              {text}
            </option>
          ))}
        </select>
        {problem !== undefined && (
          <p class="problem" id="lifetime-problem">
            {problem}
          </p>
        )}
      </div>
      <div class="on-date">
        <Field
          name="expires_on"
          label="Date"
          type="date"
          value={values.expires_on}
          problem={dateProblem}
          hint="A year from now at the latest."
          attributes={{
            required: false,
            min: dateText(now),
            max: dateText(now + maxTokenLifetime),
          }}
        />
      </div>
    </div>
  )
}

function dateText(instant: number): string {
  return new Date(instant - (instant % day)).toISOString().slice(0, 10)
}

interface NetworksFieldProps {
  readonly value: string
  readonly problem: string | undefined
}

function NetworksField({ value, problem }: NetworksFieldProps) {
  const ids = problem === undefined ? 'networks-hint' : 'networks-problem networks-hint'
  return (
    <div class="field">
      <label for="networks">
        Allowed networks <span class="optional">(optional)</span>
      </label>
      <textarea
        id="networks"
        name="networks"
        rows={2}
        autocapitalize="none"
        spellcheck={false}
        aria-describedby={ids}
        aria-invalid={problem === undefined ? undefined : 'true'}
        autofocus={problem !== undefined}
      >
        {value}
      </textarea>
      <p class="hint" id="networks-hint">
        IP addresses or ranges such as <code>203.0.113.0/24</code>, from which the token works.
        Leave empty for all.
      </p>
      {problem !== undefined && (
        <p class="problem" id="networks-problem">
          {problem}
        </p>
      )}
    </div>
  )
}
