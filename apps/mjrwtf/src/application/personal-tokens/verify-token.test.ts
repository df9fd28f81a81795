import { createHash } from 'node:crypto'
import { createFakeClock } from 'coatcheck/testing'
import { expect, it } from 'vitest'
import { aNewUser } from '../../../test/support/new-user.ts'
import { formatPersonalToken, type PersonalToken } from '../../domain/personal-token.ts'
import { day, minute } from '../../domain/time.ts'
import type { TokenUse } from '../ports/personal-token-repository.ts'
import { createVerifyToken } from './verify-token.ts'

const presented = formatPersonalToken(new Uint8Array(32).fill(3))

/** A token that was used at `lastUsedAt`, and the uses that were queued. */
function open(lastUsedAt: number | null) {
  const clock = createFakeClock()
  const uses: TokenUse[] = []
  const user = aNewUser(clock.now())
  const token: PersonalToken = {
    ...{ id: 'id', userId: user.id, name: 'CI', scopes: ['links:read'], networks: [] },
    ...{ createdAt: clock.now(), expiresAt: clock.now() + day, lastUsedIpAddress: null },
    lastUsedAt: lastUsedAt === null ? null : clock.now() + lastUsedAt,
  }
  const verify = createVerifyToken({
    personalTokens: { find: async () => ({ token, user }) },
    addTokenUse: (use) => void uses.push(use),
    secrets: { hash: (text) => createHash('sha256').update(text).digest('hex') },
    clock,
  })
  const use = () => verify({ token: presented, ipAddress: '192.0.2.1' })
  return { clock, uses, use }
}

it('queues one use of a token a minute, although the earlier one is not written yet', async () => {
  const { clock, uses, use } = open(null)
  const at = clock.now()
  for (let n = 0; n < 20; n += 1) await use()
  expect(uses).toEqual([{ tokenId: 'id', at, ipAddress: '192.0.2.1' }])
  clock.advance(minute)
  for (let n = 0; n < 20; n += 1) await use()
  expect(uses.map((each) => each.at)).toEqual([at, at + minute])
})

it('queues no use if another process has recorded one within the minute', async () => {
  const recent = open(-minute + 1)
  await recent.use()
  expect(recent.uses).toEqual([])
  const older = open(-minute)
  await older.use()
  expect(older.uses).toHaveLength(1)
})
