import { listOf, origin } from './values.ts'
import type { Variables } from './variables.ts'

export interface CorsConfig {
  /** Origins other than that of the app whose pages may call the API with bearer tokens. */
  readonly corsOrigins: readonly string[]
}

export function readCors(variables: Variables, allowPlainHttp: boolean): CorsConfig {
  return {
    corsOrigins: variables.read('CORS_ORIGINS', {
      parse: listOf(origin(allowPlainHttp)),
      expected:
        'comma-separated origins without a path, such as https://app.example (no *, http on localhost only)',
      fallback: [],
    }),
  }
}
