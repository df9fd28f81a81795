import { hour, type Milliseconds } from './time.ts'

/**
 * Time between the request of an administrator and the removal, in which the user can cancel it. Three days, so that a
 * weekend without reading emails is not enough to miss it.
 */
export const factorRemovalDelay: Milliseconds = 72 * hour

/** How long before the removal the user is reminded. */
export const factorRemovalReminder: Milliseconds = 24 * hour
