import { parseLocale } from '../../domain/locale.ts'
import { landingPages, type Preferences, themes } from '../../domain/preferences.ts'
import type { FieldError } from '../../domain/results.ts'
import { parseTimeZone } from '../../domain/time-zone.ts'
import type { UserId } from '../../domain/user.ts'
import type { PreferencesRepository } from '../ports/preferences-repository.ts'

/** The preferences as a form sends them. */
export interface PreferencesInput {
  /** Empty for the zone of the site. */
  readonly timeZone: string
  /** Empty for the language of the browser. */
  readonly locale: string
  readonly theme: string
  readonly landingPage: string
}

export type ChangePreferencesResult =
  | { readonly status: 'changed' }
  | { readonly status: 'invalid'; readonly fields: readonly FieldError<keyof PreferencesInput>[] }
  | { readonly status: 'user-deleted' }

/** The user's own preferences. Rejects if the database fails. */
export interface UserPreferences {
  change(userId: UserId, input: PreferencesInput): Promise<ChangePreferencesResult>
  /** Stores the zone of the browser if the user has none yet. Ignores what is not a zone. */
  detectTimeZone(userId: UserId, zone: string): Promise<void>
}

export function createUserPreferences({
  preferences,
}: {
  readonly preferences: PreferencesRepository
}): UserPreferences {
  return {
    async change(userId, input) {
      const fields = errorsOf(input)
      if (fields.length > 0) return { status: 'invalid', fields }
      const isSaved = await preferences.save(userId, parse(input))
      return { status: isSaved ? 'changed' : 'user-deleted' }
    },
    async detectTimeZone(userId, zone) {
      const timeZone = parseTimeZone(zone)
      if (timeZone !== null) await preferences.setFirstTimeZone(userId, timeZone)
    },
  }
}

function parse({ timeZone, locale, theme, landingPage }: PreferencesInput): Preferences {
  return {
    timeZone: timeZone === '' ? null : parseTimeZone(timeZone),
    locale: parseLocale(locale),
    theme: themes.find((each) => each === theme) ?? 'system',
    landingPage: landingPages.find((each) => each === landingPage) ?? 'links',
  }
}

function errorsOf(input: PreferencesInput): readonly FieldError<keyof PreferencesInput>[] {
  const { timeZone, locale, theme, landingPage } = input
  const isKnown = {
    timeZone: timeZone === '' || parseTimeZone(timeZone) !== null,
    locale: locale === '' || parseLocale(locale) !== null,
    theme: themes.some((each) => each === theme),
    landingPage: landingPages.some((each) => each === landingPage),
  }
  const messages = [
    ['timeZone', 'Choose a time zone from the list.'],
    ['locale', 'Choose a format from the list.'],
    ['theme', 'Choose a theme from the list.'],
    ['landingPage', 'Choose a page from the list.'],
  ] as const
  return messages.flatMap(([field, message]) => (isKnown[field] ? [] : [{ field, message }]))
}
