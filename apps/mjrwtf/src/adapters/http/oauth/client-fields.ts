import type { z } from 'zod'
import type { ClientDetailsInput } from '../../../application/oauth/client-details.ts'
import type { ClientApplication } from '../../../domain/client-application.ts'
import { scopes } from '../../../domain/scope.ts'
import { defineDraftForm, formText, optionalFormText } from '../forms/forms.ts'

/** A checkbox for each scope. */
const scopeFields = {
  'links:read': optionalFormText,
  'links:write': optionalFormText,
  'stats:read': optionalFormText,
  'account:read': optionalFormText,
  admin: optionalFormText,
}

export const clientForm = defineDraftForm(
  {
    name: formText,
    /** Only at the registration. */
    kind: formText,
    website: formText,
    redirect_uris: formText,
    allows_device_flow: optionalFormText,
    ...scopeFields,
  },
  ['name', 'kind', 'website', 'redirect_uris', 'allows_device_flow', ...scopes],
)

export type ClientFormValues = z.output<typeof clientForm.schema>

export function detailsIn(values: ClientFormValues): ClientDetailsInput {
  return {
    name: values.name,
    website: values.website,
    redirectUris: values.redirect_uris,
    scopes: scopes.filter((scope) => values[scope] === 'on'),
    allowsDeviceFlow: values.allows_device_flow === 'on',
  }
}

export function valuesOf(client: ClientApplication): Partial<ClientFormValues> {
  const { name, kind, website, redirectUris, allowsDeviceFlow } = client
  const granted = Object.fromEntries(client.scopes.map((scope) => [scope, 'on']))
  return {
    name,
    kind,
    website: website ?? '',
    redirect_uris: redirectUris.join('\n'),
    ...(allowsDeviceFlow && { allows_device_flow: 'on' }),
    ...granted,
  }
}
