import type { AssuranceLevel } from './authentication.ts'
import { type Duration, formatDuration, requireDuration } from './duration.ts'
import { rejectOption } from './errors.ts'
import { type OptionNames, requireNested, requireOneOf } from './options.ts'
import { day, hour, type Milliseconds, minute, second } from './time.ts'

/** The two timeouts of a session; both always apply. */
export interface SessionTimeouts {
  /** Limit counted from creation. */
  readonly absolute: Milliseconds
  /** Limit counted from the last activity. */
  readonly idle: Milliseconds
}

/** Timeouts of plain sessions and, if offered, of remembered sessions. */
export interface TimeoutPolicy extends SessionTimeouts {
  /** `null` if not offered: a sign-in that requests it gets a plain session. */
  readonly remembered: SessionTimeouts | null
}

/** A named pair of timeouts; `TimeoutOptions.preset` has the table. */
export type TimeoutPreset = 'standard' | 'strict' | 'admin' | 'aal1' | 'aal2' | 'aal3'

/** How long sessions are valid. No value disables a timeout. */
export interface TimeoutOptions {
  /**
   * The defaults, and for all presets but `standard` also the maxima. Default `standard`.
   *
   * | preset | absolute | idle | remembered | level | after |
   * | --- | --- | --- | --- | --- | --- |
   * | standard | 24 h | 30 min | 30 d, 14 d idle | any | ASVS 5.0 V7.3.1, V7.3.2 |
   * | strict | 8 h | 15 min | no | any | OWASP session management cheat sheet |
   * | admin | 4 h | 10 min | no | any | the same, for administration |
   * | aal1 | 30 d | 14 d | 30 d, 14 d idle | any | SP 800-63B-4 section 2.1.3 |
   * | aal2 | 24 h | 1 h | no | 2 or 3 | SP 800-63B-4 section 2.2.3 |
   * | aal3 | 12 h | 15 min | no | 3 | SP 800-63B-4 section 2.3.3 |
   *
   * With `aal2` and `aal3`, a sign-in whose `methods` show a lower level is refused (`assurance-too-low`), and a
   * session of a lower level, such as one from before the change to this preset, does not verify: its user signs
   * in again. It is still listed, and can be ended.
   */
  readonly preset?: TimeoutPreset
  /** At least one minute, at most the preset's value (400 days for `standard`). */
  readonly absolute?: Duration
  /** At least one second, at most `absolute`. */
  readonly idle?: Duration
  /** Like `absolute`, for remembered sessions. Rejected if the preset offers none. */
  readonly rememberedAbsolute?: Duration
  /** Like `idle`, for remembered sessions. */
  readonly rememberedIdle?: Duration
}

const thirtyDayTimeouts: SessionTimeouts = { absolute: 30 * day, idle: 14 * day }

export const timeoutPresets: Readonly<Record<TimeoutPreset, TimeoutPolicy>> = {
  standard: { absolute: 24 * hour, idle: 30 * minute, remembered: thirtyDayTimeouts },
  strict: { absolute: 8 * hour, idle: 15 * minute, remembered: null },
  admin: { absolute: 4 * hour, idle: 10 * minute, remembered: null },
  aal1: { ...thirtyDayTimeouts, remembered: thirtyDayTimeouts },
  aal2: { absolute: 24 * hour, idle: 1 * hour, remembered: null },
  aal3: { absolute: 12 * hour, idle: 15 * minute, remembered: null },
}

/** Browsers keep a cookie for at most 400 days (RFC 6265bis section 5.5). */
const maxima: SessionTimeouts = { absolute: 400 * day, idle: 400 * day }

const minima: SessionTimeouts = { absolute: minute, idle: second }

const timeoutOptionNames: OptionNames<TimeoutOptions> = {
  preset: true,
  absolute: true,
  idle: true,
  rememberedAbsolute: true,
  rememberedIdle: true,
}

const presetNames: readonly TimeoutPreset[] = [
  'standard',
  'strict',
  'admin',
  'aal1',
  'aal2',
  'aal3',
]

/** The lowest level of a session that is accepted with this preset. */
export function requiredLevelOf({ preset }: TimeoutOptions): AssuranceLevel {
  if (preset === 'aal3') return 3
  return preset === 'aal2' ? 2 : 1
}

/** Resolves the timeouts. Throws `invalid-option` for a value that disables a timeout or exceeds its maximum. */
export function resolveTimeouts(options: TimeoutOptions): TimeoutPolicy {
  requireNested('timeouts', options, timeoutOptionNames)
  const name = requireOneOf('timeouts.preset', options.preset ?? 'standard', presetNames)
  const preset = timeoutPresets[name]
  // `standard` only sets defaults; the other presets implement a specification.
  const ceiling = name === 'standard' ? maxima : preset

  const { absolute = preset.absolute, idle = preset.idle } = options
  const timeouts = within(ceiling, optionNames, { absolute, idle })
  return { ...timeouts, remembered: resolveRemembered(options, preset.remembered, ceiling) }
}

function resolveRemembered(
  options: TimeoutOptions,
  preset: SessionTimeouts | null,
  ceiling: SessionTimeouts,
): SessionTimeouts | null {
  const { rememberedAbsolute, rememberedIdle } = options
  if (preset !== null) {
    const absolute = rememberedAbsolute ?? preset.absolute
    return within(ceiling, rememberedOptionNames, { absolute, idle: rememberedIdle ?? preset.idle })
  }
  if (rememberedAbsolute !== undefined || rememberedIdle !== undefined) {
    const name = rememberedAbsolute === undefined ? 'rememberedIdle' : 'rememberedAbsolute'
    rejectOption(`timeouts.${name} cannot be set: this preset offers no remembered sessions`)
  }
  return null
}

const optionNames = { absolute: 'timeouts.absolute', idle: 'timeouts.idle' }
const rememberedOptionNames = {
  absolute: 'timeouts.rememberedAbsolute',
  idle: 'timeouts.rememberedIdle',
}

function within(
  ceiling: SessionTimeouts,
  names: typeof optionNames,
  options: { readonly absolute: Duration; readonly idle: Duration },
): SessionTimeouts {
  const absolute = requireDuration(names.absolute, options.absolute, [
    minima.absolute,
    ceiling.absolute,
  ])
  const idle = requireDuration(names.idle, options.idle, [minima.idle, ceiling.idle])
  if (idle <= absolute) return { absolute, idle }
  return rejectOption(
    `${names.idle} must not exceed ${names.absolute}, ${formatDuration(absolute)}`,
  )
}
