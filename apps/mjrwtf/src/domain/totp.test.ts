import { randomBytes, randomInt } from 'node:crypto'
import { Secret, TOTP, URI } from 'otpauth'
import { describe, expect, it } from 'vitest'
import { authenticatorUri, defaultAuthenticatorName, encodeBase32 } from './authenticator.ts'
import { second } from './time.ts'
import { acceptedStep, codeAt, noStep, stepsAway, timeStepAt, totp } from './totp.ts'

/** The key of the test vectors. */
const vectorKey = Buffer.from('12345678901234567890')
const now = Date.UTC(2026, 10, 30, 12, 0, 7)
const current = timeStepAt(now)

function otherImplementation(key: Uint8Array): TOTP {
  return new TOTP({ secret: new Secret({ buffer: new Uint8Array(key).buffer }) })
}

describe('code of a time step', () => {
  it('matches the test vectors of RFC 4226, appendix D', () => {
    const codes = Array.from({ length: 10 }, (_, step) => codeAt(vectorKey, step))
    expect(codes).toEqual([
      ...['755224', '287082', '359152', '969429', '338314'],
      ...['254676', '287922', '162583', '399871', '520489'],
    ])
  })

  it.each([
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])('matches the test vector of RFC 6238, appendix B, at %i seconds', (time, eightDigits) => {
    expect(codeAt(vectorKey, timeStepAt(time * second))).toBe(eightDigits.slice(-totp.digits))
  })

  it('matches a second implementation for 2 000 random keys and times', () => {
    for (let round = 0; round < 2_000; round += 1) {
      const key = randomBytes(totp.keyBytes)
      const timestamp = randomInt(2 ** 42)
      const expected = otherImplementation(key).generate({ timestamp })
      expect([timestamp, codeAt(key, timeStepAt(timestamp))]).toEqual([timestamp, expected])
    }
  })
})

describe('accepted step', () => {
  const key = randomBytes(totp.keyBytes)
  const check = (step: number, lastStep = noStep, at = now) =>
    acceptedStep(key, { code: codeAt(key, step), now: at, lastStep })

  it('is the current or the previous one, and no other (V6.5.5, RFC 6238 section 5.2)', () => {
    const accepted = Array.from({ length: 7 }, (_, index) => check(current - 3 + index))
    expect(accepted).toEqual([null, null, current - 1, current, null, null, null])
  })

  it('changes at the millisecond at which a period starts', () => {
    const start = current * totp.period
    expect(check(current - 1, noStep, start + totp.period - 1)).toBe(current - 1)
    expect(check(current - 1, noStep, start + totp.period)).toBeNull()
    expect(check(current, noStep, start - 1)).toBeNull()
    expect(check(current, noStep, start)).toBe(current)
  })

  it('is after the last used one (V6.5.1)', () => {
    expect(check(current, current)).toBeNull()
    expect(check(current - 1, current)).toBeNull()
    expect(check(current - 1, current - 1)).toBeNull()
    expect(check(current, current - 1)).toBe(current)
  })

  it('is not a used one after the clock has jumped back', () => {
    const used = current
    for (const back of [1, 2, 100]) {
      const earlier = now - back * totp.period
      expect(check(timeStepAt(earlier), used, earlier)).toBeNull()
      expect(check(used, used, earlier)).toBeNull()
    }
  })

  it('moves the last step at most to the time of the phone, however far the clock is ahead', () => {
    const fixedKey = Buffer.from('12345678901234567890')
    const step = timeStepAt(Date.UTC(2030, 0, 15))
    const code = codeAt(fixedKey, step)
    const acceptedAt = (later: number) =>
      acceptedStep(fixedKey, { code, now: (step + later) * totp.period, lastStep: noStep })
    const accepted = Array.from({ length: 3_000 }, (_, later) => acceptedAt(later))
    expect(accepted.filter((each) => each !== null)).toEqual([step, step])
  })

  it('is none for a code of another key, and for text that is no code', () => {
    const other = randomBytes(totp.keyBytes)
    const code = codeAt(other, current)
    if (code !== codeAt(key, current) && code !== codeAt(key, current - 1))
      expect(acceptedStep(key, { code, now, lastStep: noStep })).toBeNull()
    for (const text of ['', 'abcdef', '1'.repeat(1_000), 'ééé'])
      expect(acceptedStep(key, { code: text, now, lastStep: noStep })).toBeNull()
  })

  it('is none before the first period of 1970, instead of an error', () => {
    expect(acceptedStep(key, { code: '123456', now: 0, lastStep: 0 })).toBeNull()
  })

  it('agrees with a second implementation, which accepts the same codes', () => {
    for (let round = 0; round < 300; round += 1) {
      const randomKey = randomBytes(totp.keyBytes)
      const step = current + randomInt(-3, 4)
      const code = otherImplementation(randomKey).generate({ timestamp: step * totp.period })
      const distance = otherImplementation(randomKey).validate({
        token: code,
        timestamp: now,
        window: 1,
      })
      const expected = distance === null || distance > 0 ? null : current + distance
      expect(acceptedStep(randomKey, { code, now, lastStep: noStep })).toBe(expected)
    }
  })
})

describe('rejected code', () => {
  it.each([-120, -10, -2, 1, 10, 120])('is %i steps away', (distance) => {
    expect(stepsAway(vectorKey, codeAt(vectorKey, current + distance), now)).toBe(distance)
  })

  it('is not explained beyond an hour', () => {
    const far = [-121, 121].map((distance) => codeAt(vectorKey, current + distance))
    expect(far.map((code) => stepsAway(vectorKey, code, now))).toEqual([null, null])
  })
})

describe('otpauth URI', () => {
  it('is read by a second implementation, with every character of issuer and account', () => {
    const account = "o'hara+50%&x=1#ü@exämple.test"
    const key = randomBytes(totp.keyBytes)
    const read = URI.parse(authenticatorUri({ key, issuer: 'links of ann & co.', account }))
    expect(read).toMatchObject({
      ...{ issuer: 'links of ann & co.', label: account, algorithm: 'SHA1', digits: 6, period: 30 },
    })
    expect(Buffer.from(read.secret.buffer).equals(key)).toBe(true)
  })

  it('encodes keys in base32 as a second implementation does', () => {
    for (const length of [0, 1, 2, 3, 4, 5, 10, 19, 20, 32]) {
      const bytes = randomBytes(length)
      const { base32 } = new Secret({ buffer: new Uint8Array(bytes).buffer })
      expect(encodeBase32(bytes)).toBe(base32)
    }
  })
})

it('names a new authenticator differently from the others of its user', () => {
  const [one, two] = ['Authenticator app', 'Authenticator app 2']
  expect(defaultAuthenticatorName([])).toBe(one)
  expect(defaultAuthenticatorName([one])).toBe(two)
  expect(defaultAuthenticatorName([two, one])).toBe('Authenticator app 3')
  expect(defaultAuthenticatorName([two])).toBe(one)
})
