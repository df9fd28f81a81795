import { rejectOption, SessionError } from './errors.ts'

/**
 * The part of Standard Schema v1 (standardschema.dev) that the library uses. Schemas of Zod, Valibot, ArkType
 * and others fit.
 */
export interface StandardSchema<Output> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (
      value: unknown,
    ) => StandardSchemaResult<Output> | Promise<StandardSchemaResult<Output>>
  }
}

export type StandardSchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardSchemaIssue[] }

export interface StandardSchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** Throws `invalid-option` for a value that is no Standard Schema of version 1. */
export function requireStandardSchema(schema: unknown): void {
  const isObject = typeof schema === 'object' ? schema !== null : typeof schema === 'function'
  const standard: unknown = isObject ? Reflect.get(Object(schema), '~standard') : undefined
  const isValid =
    typeof standard === 'object' &&
    standard !== null &&
    'validate' in standard &&
    typeof standard.validate === 'function' &&
    'version' in standard &&
    standard.version === 1
  if (!isValid)
    rejectOption('data.schema must be a Standard Schema (standardschema.dev), version 1')
}

/** Paths in one message. */
const maxPaths = 5

/**
 * Returns the output of the schema. Throws `invalid-argument` with the paths of the issues. Their messages are
 * left out, because some libraries quote the value in them, and errors are logged.
 */
export function validateWith<Output>(
  schema: StandardSchema<Output>,
  value: unknown,
  name: string,
): Output {
  const result = schema['~standard'].validate(value)
  if ('then' in result) {
    // A rejection that nothing handles would end the process.
    result.then(undefined, () => {})
    throw new SessionError(
      'invalid-argument',
      'data.schema is asynchronous: reading a session cannot wait for it, so use a synchronous schema',
    )
  }
  if (result.issues === undefined) return result.value
  const paths = [...new Set(result.issues.map((issue) => formatPath(name, issue)))]
  const more = paths.length > maxPaths ? `, and ${paths.length - maxPaths} more` : ''
  const list = `${paths.slice(0, maxPaths).join(', ')}${more}`
  throw new SessionError('invalid-argument', `${list} does not match data.schema`)
}

function formatPath(name: string, { path = [] }: StandardSchemaIssue): string {
  return path.reduce<string>((parent, segment) => {
    const key = typeof segment === 'object' ? segment.key : segment
    return typeof key === 'number' ? `${parent}[${key}]` : `${parent}.${String(key).slice(0, 40)}`
  }, name)
}
