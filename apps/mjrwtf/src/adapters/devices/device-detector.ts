import Bowser from 'bowser'
import type { DeviceDetector } from '../../application/ports/user-sessions.ts'

/** Longer ones are no browser's, and would only cost time. */
const maxUserAgentLength = 1_000

/** Names devices by what their User-Agent says. */
export const detectDevice: DeviceDetector = (userAgent) => {
  if (userAgent === null || userAgent === '' || userAgent.length > maxUserAgentLength)
    return unknownDevice
  const { browser, os, platform } = Bowser.parse(userAgent)
  // "iPhone" says more than the system that every one of them runs.
  const model = platform.vendor === 'Apple' ? nonEmpty(platform.model) : null
  return { browser: knownBrowser(browser.name), system: model ?? nonEmpty(os.name) }
}

const unknownDevice = { browser: null, system: null } as const

/** Of a browser that the parser does not know it takes whatever stands before a slash: anything at all. */
function knownBrowser(name: string | undefined): string | null {
  return name !== undefined && browsers.has(name) ? name : null
}

const browsers: ReadonlySet<string> = new Set(Object.values(Bowser.BROWSER_MAP))

function nonEmpty(name: string | undefined): string | null {
  return name === undefined || name === '' ? null : name
}
