import { describe, expect, it } from 'vitest'
import { databaseKinds, openTestPersistence } from '../../../test/persistence.ts'
import { aNewUser } from '../../../test/support/new-user.ts'
import type { Preferences } from '../../domain/preferences.ts'

const chosen: Preferences = {
  timeZone: 'Europe/Berlin',
  locale: 'de-DE',
  theme: 'dark',
  landingPage: 'create',
}

describe.each(databaseKinds)('preferences on %s', (kind) => {
  it('are returned with the user, and are absent until they are saved', async () => {
    await using opened = await openTestPersistence(kind)
    const { users, preferences } = opened.persistence
    const user = aNewUser(Date.UTC(2030, 0, 15))
    await users.add({ user, passwordHash: 'hash' })
    expect((await users.find(user.id))?.preferences).toBeUndefined()
    expect(await preferences.save(user.id, chosen)).toBe(true)
    expect((await users.find(user.id))?.preferences).toEqual(chosen)
    expect(await preferences.save('unknown', chosen)).toBe(false)
  })

  it('keep the first time zone of parallel detections, and one that was chosen', async () => {
    await using opened = await openTestPersistence(kind)
    const { users, preferences } = opened.persistence
    const user = aNewUser(Date.UTC(2030, 0, 15))
    await users.add({ user, passwordHash: 'hash' })
    const zones = ['Asia/Tokyo', 'Asia/Kolkata', 'America/Lima']
    const set = await Promise.all(zones.map((zone) => preferences.setFirstTimeZone(user.id, zone)))
    expect(set.filter(Boolean)).toHaveLength(1)
    await preferences.save(user.id, chosen)
    expect(await preferences.setFirstTimeZone(user.id, 'Asia/Tokyo')).toBe(false)
    expect((await users.find(user.id))?.preferences?.timeZone).toBe('Europe/Berlin')
  })
})
