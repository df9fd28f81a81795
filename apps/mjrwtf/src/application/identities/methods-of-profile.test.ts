import { describe, expect, it } from 'vitest'
import { methodsOfProfile } from './methods-of-profile.ts'

const now = 1_000
const trusted = { trustsMfa: true }
const untrusted = { trustsMfa: false }

function namesOf(amr: readonly string[], trust = trusted): readonly string[] {
  const profile = { authenticatedAt: now, amr }
  return methodsOfProfile(profile, trust, now).map(({ method }) => method)
}

describe('methodsOfProfile', () => {
  it('takes the time from the provider, never a future one, and the epoch if there is none', () => {
    const at = (authenticatedAt: number | null) =>
      methodsOfProfile({ authenticatedAt, amr: ['mfa'] }, trusted, now).map((each) => each.at)
    expect(at(400)).toEqual([400, 400])
    expect(at(null)).toEqual([0, 0])
    expect(at(now + 1)).toEqual([now, now])
  })

  it.each([
    [['mfa']],
    [['pwd', 'otp']],
    [['pwd', 'sms', 'unknown']],
    [['hwk', 'pin']],
    [['swk', 'face', 'user']],
  ])('counts two factors of a trusted provider, and of no other: %j', (amr) => {
    expect(namesOf(amr)).toEqual(['fed', 'mfa'])
    expect(namesOf(amr, untrusted)).toEqual(['fed'])
  })

  it.each([
    [[]],
    [['pwd']],
    [['otp']],
    [['hwk']],
    [['otp', 'sms']],
    [['fed', 'otp']],
    [['MFA']],
    [['constructor', 'geo', 'rba']],
  ])('does not count one factor or none as two, also of a trusted provider: %j', (amr) => {
    expect(namesOf(amr)).toEqual(['fed'])
  })
})
