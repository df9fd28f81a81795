import {
  type ClientDetails,
  clientNameMaxLength,
  maxRedirectUris,
} from '../../domain/client-application.ts'
import { type RedirectUriProblem, redirectUriProblem } from '../../domain/redirect-uri.ts'
import type { FieldError, Invalid } from '../../domain/results.ts'
import { isScope } from '../../domain/scope.ts'

export interface ClientDetailsInput {
  readonly name: string
  readonly website: string
  /** One URI in each line. */
  readonly redirectUris: string
  readonly scopes: readonly string[]
  readonly allowsDeviceFlow: boolean
}

export type ClientField = 'name' | 'kind' | 'website' | 'redirectUris' | 'scopes'

export type ValidatedDetails =
  | { readonly status: 'valid'; readonly details: ClientDetails }
  | Invalid<ClientField>

export function validateClientDetails(input: ClientDetailsInput): ValidatedDetails {
  const name = input.name.trim().replaceAll(/\s+/gu, ' ')
  const website = input.website.trim()
  const redirectUris = [...new Set(linesOf(input.redirectUris))]
  const scopes = [...new Set(input.scopes)].filter(isScope)
  const problems: Readonly<Record<Exclude<ClientField, 'kind'>, string | null>> = {
    name: nameProblem(name),
    website: website === '' || isWebsite(website) ? null : 'Enter an https:// URL.',
    redirectUris: redirectUrisProblem(redirectUris, input),
    scopes: scopes.length === 0 ? 'Choose at least one permission.' : null,
  }
  const fields = Object.entries(problems).flatMap(([field, message]): FieldError<ClientField>[] =>
    message === null || !isField(field) ? [] : [{ field, message }],
  )
  if (fields.length > 0) return { status: 'invalid', fields }
  const { allowsDeviceFlow } = input
  const details = {
    name,
    website: website === '' ? null : website,
    redirectUris,
    scopes,
    allowsDeviceFlow,
  }
  return { status: 'valid', details }
}

function isField(text: string): text is ClientField {
  return ['name', 'kind', 'website', 'redirectUris', 'scopes'].includes(text)
}

function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.trim())
  return lines.filter((line) => line !== '')
}

/** Invisible characters and those that change the direction of text could imitate another name. */
const deceptivePattern = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/u

function nameProblem(name: string): string | null {
  if (name === '') return 'Enter the name that users see.'
  if (name.length > clientNameMaxLength) {
    return `Enter a name of at most ${clientNameMaxLength} characters.`
  }
  return deceptivePattern.test(name) ? 'Remove invisible characters from the name.' : null
}

function isWebsite(text: string): boolean {
  const url = text.length <= 500 ? URL.parse(text) : null
  return url?.protocol === 'https:' && url.username === '' && url.password === ''
}

function redirectUrisProblem(
  uris: readonly string[],
  { allowsDeviceFlow }: Pick<ClientDetailsInput, 'allowsDeviceFlow'>,
): string | null {
  if (uris.length > maxRedirectUris) return `Enter at most ${maxRedirectUris} redirect URIs.`
  if (uris.length === 0) {
    return allowsDeviceFlow ? null : 'Enter at least one redirect URI, or allow the device flow.'
  }
  for (const uri of uris) {
    const problem = redirectUriProblem(uri)
    if (problem !== null) return `${shorten(uri)}: ${problemTexts[problem]}`
  }
  return null
}

function shorten(uri: string): string {
  return uri.length <= 60 ? uri : `${uri.slice(0, 59)}…`
}

const problemTexts: Readonly<Record<RedirectUriProblem, string>> = {
  'not-a-uri': 'this is not a complete URI.',
  'too-long': 'this is too long.',
  'not-normalized':
    'write the host in lower case, with a path, and without default ports, dots or spaces that a browser would change.',
  'has-fragment': 'remove the fragment (#).',
  'has-user-info': 'remove the user name and password.',
  'has-wildcard': 'wildcards (*) are not supported. Enter each URI.',
  localhost: 'use http://127.0.0.1 or http://[::1] instead of localhost.',
  'plain-http': 'use https, or http://127.0.0.1 for a program on the user’s computer.',
  'scheme-without-dot':
    'use https, or a scheme with a reversed domain name, such as com.example.app:',
}
