import type { Click, ClickSource } from './click.ts'

/** The origins of a click, in the order in which they are stored. New ones are added at the end. */
export const originNames = [
  'referrerHost',
  'country',
  'agent',
  'city',
  'system',
  'device',
] as const satisfies readonly (keyof ClickSource)[]

export type OriginName = (typeof originNames)[number]

/** The clicks of one quarter-hour with the same origins. */
export interface ClickCell extends ClickSource {
  /** Number of the quarter-hour in its day, 0 to 95. */
  readonly slot: number
  readonly clicks: number
}

/** Clicks to be counted in a day. */
export interface AddedCell extends ClickCell, Pick<Click, 'isBot'> {}

/** In place of an origin that is not counted separately. No host, country or browser has this name. */
export const otherOrigin = '*'
