import type { Device } from '../ports/user-sessions.ts'

/** What a device is called: `Firefox on Linux`. */
export function deviceText({ browser, system }: Device): string {
  const name = browser ?? 'Unknown browser'
  return system === null || system === browser ? name : `${name} on ${system}`
}
