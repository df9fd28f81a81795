import type { TokenInput } from '../../../application/personal-tokens/read-token-form.ts'
import { scopes } from '../../../domain/scope.ts'
import type { FormState } from '../forms/form-page.ts'
import { defineDraftForm, formText, optionalFormText } from '../forms/forms.ts'

/** A checkbox for each scope: its name is the scope. */
const scopeFields = {
  'links:read': optionalFormText,
  'links:write': optionalFormText,
  'stats:read': optionalFormText,
  'account:read': optionalFormText,
  admin: optionalFormText,
} as const satisfies Readonly<Record<(typeof scopes)[number], typeof optionalFormText>>

/** `id`: of the new token, so that a form that is sent twice creates one. */
export const tokenForm = defineDraftForm(
  {
    ...{ id: formText, name: formText, networks: formText },
    ...{ lifetime: formText, expires_on: formText },
    ...scopeFields,
  },
  ['name', 'networks', 'lifetime', 'expires_on', ...scopes],
)

export type TokenFormValues = FormState<ReturnType<typeof tokenForm.schema.parse>>['values']

export function toTokenInput(values: TokenFormValues): TokenInput {
  const { name, networks, lifetime, expires_on: expiresOn } = values
  return { name, scopes: checkedScopes(values), networks, lifetime, expiresOn }
}

/** A draft has every field, so one that was not checked is empty. */
export function checkedScopes(values: TokenFormValues) {
  return scopes.filter((scope) => (values[scope] ?? '') !== '')
}
