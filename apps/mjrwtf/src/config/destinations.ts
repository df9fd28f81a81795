import { maxDestinationLength, unsafeSchemes } from '../domain/destination.ts'
import { integer, listOf } from './values.ts'
import type { Variables } from './variables.ts'

/** Which destinations links may have. */
export interface DestinationsConfig {
  /** In characters, as typed. */
  readonly destinationMaxLength: number
  /** Schemes besides http and https, in lower case and without a colon. */
  readonly destinationSchemes: readonly string[]
}

export function readDestinations(variables: Variables): DestinationsConfig {
  return {
    destinationMaxLength: variables.read('DESTINATION_MAX_LENGTH', {
      parse: integer(256, maxDestinationLength),
      expected: `a number of characters from 256 to ${maxDestinationLength}`,
      fallback: maxDestinationLength,
    }),
    destinationSchemes: variables.read('DESTINATION_SCHEMES', {
      parse: listOf(scheme),
      expected:
        'comma-separated schemes such as mailto, tel; none that runs scripts or reads files',
      fallback: [],
    }),
  }
}

/** RFC 3986 section 3.1, also with its colon. */
function scheme(text: string): string | null {
  const name = text.toLowerCase().replace(/:$/, '')
  return /^[a-z][a-z0-9+.-]{0,31}$/.test(name) && !unsafeSchemes.has(name) ? name : null
}
