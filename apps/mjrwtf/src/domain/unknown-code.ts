import { day, type Instant } from './time.ts'

/** Visits to a short code that no link has. */
export interface UnknownCode {
  readonly code: string
  /** At least 1. */
  readonly visits: number
  readonly firstVisitAt: Instant
  readonly lastVisitAt: Instant
}

/** How many are stored, at most: those with most visits, and the hundred that were visited last. */
export const maxUnknownCodes = 1_000

/** Since the last visit. */
export const unknownCodeRetention = 30 * day

/** Files that scanners try on every server. */
const scannedFile =
  /\.(?:php\d?|aspx?|jsp|cgi|env|git|xml|ya?ml|json|txt|log|sql|bak|zip|gz|js|css|map|html?|ico|png|jpe?g|svg|webp)$/i
const scannedFolder = /^(?:wp-|wordpress|phpmyadmin|cgi-bin|vendor\/|actuator)/i

/** Whether the code may have been meant as that of a link. */
export function isLikelyCode(code: string): boolean {
  return !scannedFile.test(code) && !scannedFolder.test(code)
}

/** The visits by code. */
export function sumVisits(visits: readonly UnknownCode[]): readonly UnknownCode[] {
  const sums = new Map<string, UnknownCode>()
  for (const visit of visits) {
    const sum = sums.get(visit.code) ?? { ...visit, visits: 0 }
    sums.set(visit.code, {
      code: visit.code,
      visits: sum.visits + visit.visits,
      firstVisitAt: Math.min(sum.firstVisitAt, visit.firstVisitAt),
      lastVisitAt: Math.max(sum.lastVisitAt, visit.lastVisitAt),
    })
  }
  return [...sums.values()]
}
