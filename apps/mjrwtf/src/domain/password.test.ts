import { describe, expect, it } from 'vitest'
import { isPasswordTooLong, normalizePassword, passwordProblem } from './password.ts'

const rules = { minLength: 15, context: ['mjr.wtf', 'ann.lee@example.com'] }
const problem = (password: string, minLength = 15) =>
  passwordProblem(password, { ...rules, minLength })

/** Varied text of a length, so that only the length matters. */
function text(length: number): string {
  let result = ''
  for (let n = 1; result.length < length; n += 1)
    result += (n * 7919).toString(36).split('').reverse().join('')
  return result.slice(0, length)
}

describe('password length in code points', () => {
  it('must be at least 15', () => {
    expect(problem(text(14))).toContain('at least 15')
    expect(problem(text(15))).toBeNull()
  })

  it('counts an astral character once', () => {
    const astral = [...'𝒳😀🎉🦊🌍🐙🎸🚀🍄🧭🪐🦋🎲🧩🪁']
    expect(astral).toHaveLength(15)
    expect(problem(astral.join(''))).toBeNull()
    expect(problem(astral.slice(0, 8).join(''))).toContain('at least 15')
  })

  it('must be at most 1024', () => {
    expect(problem(text(1_024))).toBeNull()
    expect(problem(text(1_025))).toContain('at most 1024')
    expect(isPasswordTooLong(text(1_024))).toBe(false)
    expect(isPasswordTooLong(text(1_025))).toBe(true)
  })

  it('has a configurable minimum', () => {
    expect(problem('vq8!Lm2z', 8)).toBeNull()
    expect(problem('vq8!Lm2', 8)).toContain('at least 8')
  })
})

describe('password normalization', () => {
  it('converts to NFC', () => {
    expect(normalizePassword('cafe\u0301')).toBe('caf\u00e9')
  })

  it('neither trims nor changes case', () => {
    expect(normalizePassword(' Correct Horse  ')).toBe(' Correct Horse  ')
  })
})

describe('no composition rules', () => {
  it.each([
    'correct horse battery staple',
    'walking giraffe umbrella',
    'der Hund frisst gern Kohl',
    'на дворе трава на траве',
    '8304917265530',
  ])('%s', (password) => {
    expect(problem(password, 8)).toBeNull()
  })
})

describe('rejects common passwords with a reason', () => {
  it.each([
    ...['passwordpassword', 'password12345678', 'P@ssw0rdP@ssw0rd', 'passwordpassword123'],
    ...['123456789012345', '1234567890123456', 'aaaaaaaaaaaaaaaa', 'abcdefghijklmnop'],
    ...['qwertyuiopasdfgh', '1qaz2wsx3edc4rfv', 'qwerty1234567890', 'zaq12wsxcde34rfv'],
    ...['abcabcabcabcabcabc', 'iloveyouiloveyou', 'letmeinletmein123', 'administrator123'],
    ...['Summer2026!Summer2026!', 'MyPassword12345!', '0987654321098765', 'welcome welcome 2024'],
  ])('%s', (password) => {
    expect(problem(password)).toContain('common passwords')
  })

  it.each(['ann.lee@example.com', 'annleeannlee1234', 'mjr.wtf mjr.wtf 1', 'example password 99'])(
    '%s',
    (password) => {
      expect(problem(password)).toContain('Too easy to guess')
    },
  )

  it('names the email and the site as the reason', () => {
    expect(problem('annlee-mjrwtf-2024')).toContain('your email address or the name of this site')
  })

  it.each(['12345678', 'password', 'qwertyui', 'letmein1', 'Passw0rd!', 'iloveyou', 'dragon99'])(
    '%s with a minimum length of 8',
    (password) => {
      expect(problem(password, 8)).toContain('common passwords')
    },
  )
})

it('checks hostile input in bounded time', () => {
  const started = performance.now()
  for (const hostile of [
    'ab'.repeat(512),
    `${'a'.repeat(1_023)}b`,
    '@'.repeat(1_024),
    text(1_024),
  ]) {
    problem(hostile)
  }
  expect(performance.now() - started).toBeLessThan(1_000)
})
