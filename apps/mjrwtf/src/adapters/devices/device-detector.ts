import Bowser from 'bowser'
import type { DeviceDetector } from '../../application/ports/user-sessions.ts'

/** Longer ones are no browser's, and would only cost time. */
const longestUserAgent = 1_000

/** Names devices by what their User-Agent says. */
export const detectDevice: DeviceDetector = (userAgent) => {
  if (userAgent === null || userAgent === '' || userAgent.length > longestUserAgent) return unknown
  const { browser, os, platform } = Bowser.parse(userAgent)
  // "iPhone" says more than the system that every one of them runs.
  const model = platform.vendor === 'Apple' ? known(platform.model) : null
  return { browser: known(browser.name), system: model ?? known(os.name) }
}

const unknown = { browser: null, system: null } as const

function known(name: string | undefined): string | null {
  return name === undefined || name === '' ? null : name
}
