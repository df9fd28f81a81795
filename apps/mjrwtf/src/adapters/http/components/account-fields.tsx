import { Field, type FieldErrors } from './fields.tsx'

interface EmailFieldProps {
  readonly value: string
  readonly label?: string
  readonly problem?: string | undefined
  /** Whether the browser offers passkeys in this field. */
  readonly offersPasskeys?: boolean
}

export function EmailField({ value, label, problem, offersPasskeys = false }: EmailFieldProps) {
  const autocomplete = offersPasskeys ? 'username webauthn' : 'username'
  return (
    <Field
      name="email"
      label={label ?? 'Email'}
      type="email"
      value={value}
      problem={problem}
      attributes={{ autocomplete, autocapitalize: 'none', spellcheck: 'false' }}
    />
  )
}

interface NewPasswordFieldProps {
  readonly name?: string
  readonly label?: string
  readonly passwordMinLength: number
  readonly fieldErrors: FieldErrors
}

export function NewPasswordField(props: NewPasswordFieldProps) {
  const { name = 'password', label = 'Password', passwordMinLength, fieldErrors } = props
  return (
    <Field
      name={name}
      label={label}
      type="password"
      problem={fieldErrors[name]}
      hint={`At least ${passwordMinLength} characters. Tip: use a few unrelated words. Spaces are fine.`}
      attributes={{
        autocomplete: 'new-password',
        passwordrules: `minlength: ${passwordMinLength};`,
      }}
    />
  )
}
