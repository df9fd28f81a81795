import { describe, expect, it } from 'vitest'
import { databases } from '../../../test/support/storage.ts'
import { anApp } from '../../../test/support/use-app.ts'

const known = 'known@users.test'
const wrong = (email: string, ipAddress: string) => ({ email, password: 'wrong', ipAddress })

describe.each(databases)('authenticate on %s', (kind) => {
  it.each([known, 'unknown@users.test'])(
    'throttles fifty concurrent attempts for %s from fifty IP addresses',
    async (email) => {
      await using app = await anApp(kind)
      const { authenticate } = app.features.signIn
      const { password } = await app.account(known)
      const results = await Promise.all(
        Array.from({ length: 50 }, (_, n) => authenticate(wrong(email, `192.0.2.${n}`))),
      )
      const statuses = results.map(({ status }) => status)
      expect(statuses.filter((status) => status === 'wrong')).toHaveLength(6)
      expect(statuses.filter((status) => status === 'throttled')).toHaveLength(44)
      // The correct password is delayed too.
      expect(await authenticate({ email, password, ipAddress: '198.51.100.1' })).toEqual({
        status: 'throttled',
        retryAfterSeconds: 1,
      })
    },
  )

  it('does not count throttled attempts against the IP address', async () => {
    await using app = await anApp(kind)
    const { authenticate } = app.features.signIn
    const results = await Promise.all(
      Array.from({ length: 60 }, () => authenticate(wrong(known, '192.0.2.1'))),
    )
    expect(results.filter(({ status }) => status === 'throttled')).not.toHaveLength(0)
    expect(await authenticate(wrong('other@users.test', '192.0.2.1'))).toMatchObject({
      status: 'wrong',
    })
  })
})
