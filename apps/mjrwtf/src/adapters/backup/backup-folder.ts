import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Names of our backups. Nothing else in a folder is ever deleted. */
const ownName = /^mjrwtf-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z\.tar\.gz(?:\.age)?$/
const ownPartialName = /^\.mjrwtf-\d{8}T\d{6}Z\.tar\.gz(?:\.age)?\.[0-9a-f]{8}\.partial$/

/** A partial file that was not changed for this long, in ms, has no writer any more. It is read before it gets its name. */
const maxPartialAge = 3 * 60 * 60_000

/** Name of a backup of this instant, such as `mjrwtf-20310203T040506Z.tar.gz.age`. */
export function backupName(now: Date, isEncrypted: boolean): string {
  const stamp = now.toISOString().replaceAll(/[-:]|\.\d+/g, '')
  return `mjrwtf-${stamp}.tar.gz${isEncrypted ? '.age' : ''}`
}

/** The backups in a folder, newest first. Creates the folder, for its owner only, if it is missing. */
export function listBackups(folder: string): readonly string[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return readdirSync(folder)
    .filter((name) => ownName.test(name))
    .toSorted((one, other) => (instantOf(other) ?? 0) - (instantOf(one) ?? 0))
}

/** When a backup was started, in ms; `null` if it is none of ours. */
export function instantOf(name: string): number | null {
  const match = ownName.exec(name)
  if (match === null) return null
  const [, year, month, day, hours, minutes, seconds] = match
  return Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`)
}

export interface Rotation {
  /** How many backups are kept. */
  readonly keep: number
  /** In ms. */
  readonly now: number
}

/**
 * Deletes all but the newest backups, and returns their names. Those with a name in the future are of a wrong clock, now or
 * then: they are not deleted, and take the place of no other one.
 */
export function deleteOldBackups(folder: string, { keep, now }: Rotation): readonly string[] {
  const old = listBackups(folder)
    .filter((name) => (instantOf(name) ?? 0) <= now)
    .slice(keep)
  for (const name of old) rmSync(join(folder, name), { force: true })
  return old
}

/** Deletes what interrupted backups have left: on a full disk, the next one needs the space. */
export function deleteOldPartials(folder: string, now: number): void {
  for (const name of readdirSync(folder).filter((each) => ownPartialName.test(each))) {
    const file = join(folder, name)
    const changed = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0
    if (changed < now - maxPartialAge) rmSync(file, { force: true })
  }
}
