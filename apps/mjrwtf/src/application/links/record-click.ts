import type { Clock } from 'coatcheck'
import { agentFamily, referrerHost } from '../../domain/click.ts'
import type { LinkId } from '../../domain/link.ts'
import type { BotDetector, ClickSink } from '../ports/click-repository.ts'
import type { GeoLocator } from '../ports/geo-locator.ts'
import type { Secrets } from '../ports/secrets.ts'

export interface ClickInput {
  readonly linkId: LinkId
  /** The Referer header as sent, or `null`. Only its host is kept. */
  readonly referrer: string | null
  /** The User-Agent header as sent, or `null`. */
  readonly userAgent: string | null
  /** Of the visitor. It tells the country, and is not kept. */
  readonly ipAddress: string | null
}

/** Notes that a link was followed, without waiting for the database. Bots are not counted. */
export type RecordClick = (click: ClickInput) => void

export interface RecordClickPorts {
  readonly addClick: ClickSink
  readonly isBot: BotDetector
  readonly locateIp: GeoLocator
  readonly secrets: Pick<Secrets, 'id'>
  readonly clock: Clock
}

export function createRecordClick({
  addClick,
  isBot,
  locateIp,
  secrets,
  clock,
}: RecordClickPorts): RecordClick {
  return function recordClick({ linkId, referrer, userAgent, ipAddress }) {
    if (isBot(userAgent)) return
    addClick({
      id: secrets.id(),
      linkId,
      at: clock.now(),
      referrerHost: referrerHost(referrer),
      country: locateIp(ipAddress)?.country ?? null,
      agent: agentFamily(userAgent),
    })
  }
}
