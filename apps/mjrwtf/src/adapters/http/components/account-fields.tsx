import { Field, type FieldErrors } from './fields.tsx'

interface EmailFieldProps {
  readonly value: string
  readonly label?: string
  readonly problem?: string | undefined
}

export function EmailField({ value, label, problem }: EmailFieldProps) {
  return (
    <Field
      name="email"
      label={label ?? 'Email'}
      type="email"
      value={value}
      problem={problem}
      attributes={{ autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false' }}
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
