import type { Child } from 'hono/jsx'

/** Errors of a form, by field name. */
export type FieldErrors = Readonly<Record<string, string>>

export const noErrors: FieldErrors = {}

export function CsrfField({ token }: { readonly token: string }) {
  return <input type="hidden" name="csrf_token" value={token} />
}

/** Names the account of the password for password managers. It has no name, so it is not submitted. */
export function AccountName({ email }: { readonly email: string }) {
  return <input type="text" value={email} autocomplete="username" readonly hidden />
}

interface DraftFieldsProps {
  /** The frame's `formOwnerToken`. */
  readonly ownerToken: string
  /** Id of the draft that filled the form, or empty. */
  readonly draft: string
}

/** Hidden fields of a form whose input is saved as a draft when its submission is interrupted. */
export function DraftFields({ ownerToken, draft }: DraftFieldsProps) {
  return (
    <>
      <input type="hidden" name="form_owner" value={ownerToken} />
      {draft !== '' && <input type="hidden" name="draft" value={draft} />}
    </>
  )
}

export interface FieldProps {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'url' | 'email' | 'tel' | 'password' | 'date' | 'datetime-local'
  readonly value?: string | undefined
  readonly hint?: Child
  readonly problem?: string | undefined
  readonly optional?: boolean
  /** Text before the input, such as the host of a short link. */
  readonly prefix?: string
  /** Other attributes of the input: autocomplete, inputmode, pattern, … */
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
}

/** A label and an input with its hint and error, linked for screen readers. */
export function Field(props: FieldProps) {
  return (
    <div class="field">
      <label for={props.name} id={`${props.name}-label`}>
        {props.label} {props.optional === true && <span class="optional">(optional)</span>}
      </label>
      <Control {...props} />
      {props.hint !== undefined && (
        <p class="hint" id={`${props.name}-hint`}>
          {props.hint}
        </p>
      )}
      {props.problem !== undefined && (
        <p class="problem" id={`${props.name}-problem`}>
          {props.problem}
        </p>
      )}
    </div>
  )
}

/** As `Field`, with several lines. */
export function TextArea(props: Omit<FieldProps, 'type' | 'prefix'>) {
  const { name, label, value, hint, problem, optional, attributes } = props
  return (
    <div class="field">
      <label for={name}>
        {label} {optional === true && <span class="optional">(optional)</span>}
      </label>
      <textarea
        id={name}
        name={name}
        required={optional !== true}
        aria-describedby={describedByIds(props)}
        aria-invalid={problem === undefined ? undefined : 'true'}
        autofocus={problem !== undefined}
        {...attributes}
      >
        {value}
      </textarea>
      {hint !== undefined && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
      {problem !== undefined && (
        <p class="problem" id={`${name}-problem`}>
          {problem}
        </p>
      )}
    </div>
  )
}

function Control(props: FieldProps) {
  if (props.prefix !== undefined) {
    return (
      <div class="prefixed">
        <span aria-hidden="true">{props.prefix}</span>
        <Input {...props} />
      </div>
    )
  }
  if (props.type !== 'password') return <Input {...props} />
  return (
    <div class="with-button">
      <Input {...props} />
      <button
        class="button secondary reveal"
        type="button"
        data-reveal={props.name}
        aria-pressed="false"
        aria-label="Show password"
        aria-describedby={`${props.name}-label`}
        hidden
      >
        Show
      </button>
    </div>
  )
}

function Input(props: FieldProps) {
  return (
    <input
      id={props.name}
      name={props.name}
      type={props.type ?? 'text'}
      value={props.value}
      required={props.optional !== true}
      aria-describedby={describedByIds(props)}
      aria-invalid={props.problem === undefined ? undefined : 'true'}
      // A browser focuses the first one.
      autofocus={props.problem !== undefined}
      {...(props.type === 'password' && noCorrectionAttributes)}
      {...props.attributes}
    />
  )
}

/** Browsers treat a revealed password as text. They must not correct it or send it to a spell checker. */
const noCorrectionAttributes: Readonly<Record<string, string>> = {
  autocapitalize: 'none',
  autocorrect: 'off',
  spellcheck: 'false',
}

function describedByIds(props: Pick<FieldProps, 'name' | 'hint' | 'problem'>): string | undefined {
  const ids = [
    ...(props.problem === undefined ? [] : [`${props.name}-problem`]),
    ...(props.hint === undefined ? [] : [`${props.name}-hint`]),
  ]
  return ids.length === 0 ? undefined : ids.join(' ')
}
