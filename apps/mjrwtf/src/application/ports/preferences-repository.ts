import type { Preferences } from '../../domain/preferences.ts'
import type { TimeZone } from '../../domain/time-zone.ts'
import type { UserId } from '../../domain/user.ts'

/** Stores the preferences of users. `UserRepository` returns them with the user. Rejects with `RepositoryError` only. */
export interface PreferencesRepository {
  /** Replaces all preferences of the user. Returns `false` and changes nothing if the user does not exist. */
  save(userId: UserId, preferences: Preferences): Promise<boolean>
  /**
   * Sets the time zone if the user has none, in one step: a zone that the user has chosen meanwhile stays. Returns whether
   * it was set.
   */
  setFirstTimeZone(userId: UserId, timeZone: TimeZone): Promise<boolean>
}
