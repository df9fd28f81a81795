import Bowser from 'bowser'
import type { DeviceDetector } from '../../application/ports/client-detection.ts'

/** No browser sends a longer User-Agent; parsing one would only take time. */
const maxUserAgentLength = 1_000

/** Detects the browser and the system from a User-Agent. */
export const detectDevice: DeviceDetector = (userAgent) => {
  if (userAgent === null || userAgent === '' || userAgent.length > maxUserAgentLength)
    return unknownDevice
  const { browser, os, platform } = Bowser.parse(userAgent)
  // "iPhone" is more specific than the name of its system.
  const model = platform.vendor === 'Apple' ? nonEmpty(platform.model) : null
  return { browser: knownBrowser(browser.name), system: model ?? nonEmpty(os.name) }
}

const unknownDevice = { browser: null, system: null } as const

/** For unknown browsers the parser returns the text before a slash, which a client controls. */
function knownBrowser(name: string | undefined): string | null {
  return name !== undefined && browsers.has(name) ? name : null
}

const browsers: ReadonlySet<string> = new Set(Object.values(Bowser.BROWSER_MAP))

function nonEmpty(name: string | undefined): string | null {
  return name === undefined || name === '' ? null : name
}
