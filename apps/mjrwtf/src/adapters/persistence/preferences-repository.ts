import type { Selectable } from 'kysely'
import type { PreferencesRepository } from '../../application/ports/preferences-repository.ts'
import { parseLocale } from '../../domain/locale.ts'
import {
  defaultPreferences,
  landingPages,
  type Preferences,
  themes,
} from '../../domain/preferences.ts'
import { type Database, run } from './database.ts'
import type { Tables } from './tables.ts'

/** Stores the preferences in the rows of the users, which every page reads anyway. */
export function createPreferencesRepository({ kysely }: Database): PreferencesRepository {
  return {
    async save(userId, { timeZone, locale, theme, landingPage }) {
      const query = kysely
        .updateTable('users')
        .set({ time_zone: timeZone, locale, theme, landing_page: landingPage })
        .where('id', '=', userId)
        .returning('id')
      return (await run(query.execute())).length === 1
    },
    async setFirstTimeZone(userId, timeZone) {
      const query = kysely
        .updateTable('users')
        .set({ time_zone: timeZone })
        .where('id', '=', userId)
        .where('time_zone', 'is', null)
        .returning('id')
      return (await run(query.execute())).length === 1
    },
  }
}

type PreferenceColumns = Pick<
  Selectable<Tables['users']>,
  'time_zone' | 'locale' | 'theme' | 'landing_page'
>

/**
 * The preferences of a row, or `null` if the user has none. A value that this version does not know, for example after a
 * downgrade, is the default.
 */
export function toPreferences(row: PreferenceColumns): Preferences | null {
  const { time_zone: timeZone, locale, theme, landing_page: landingPage } = row
  if ([timeZone, locale, theme, landingPage].every((value) => value === null)) return null
  return {
    timeZone,
    locale: parseLocale(locale ?? ''),
    theme: themes.find((each) => each === theme) ?? defaultPreferences.theme,
    landingPage:
      landingPages.find((each) => each === landingPage) ?? defaultPreferences.landingPage,
  }
}
