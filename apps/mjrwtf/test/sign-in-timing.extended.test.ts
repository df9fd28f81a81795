import { pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { PasswordHasher } from '../src/application/ports/passwords.ts'
import { aBrowser, type Browser } from './support/browser.ts'
import { createFastHasher } from './support/fast-hasher.ts'
import { proxied } from './support/open-app.ts'
import type { RawHeaders } from './support/send.ts'
import { anApp } from './support/use-app.ts'

const samples = 200

/** A check costs some milliseconds, like a real one, so that a missing check is measurable. */
function slowHasher(): PasswordHasher {
  const fast = createFastHasher()
  return {
    hash: fast.hash,
    check(password, storedHash) {
      pbkdf2Sync('work', 'salt', 20_000, 32, 'sha256')
      return fast.check(password, storedHash, null)
    },
  }
}

interface Attempt {
  readonly email: string
  readonly ipAddress: string
}

/** Sends a wrong password and returns the status and the duration in ms. */
async function timeSignIn(browser: Browser, { email, ipAddress }: Attempt, token: string) {
  const headers: RawHeaders = [
    ['Content-Type', 'application/x-www-form-urlencoded'],
    ['Sec-Fetch-Site', 'same-origin'],
    ['X-Forwarded-For', ipAddress],
  ]
  const body = new URLSearchParams({ csrf_token: token, email, password: 'wrong' }).toString()
  const startedAt = performance.now()
  const { status } = await browser.send('/login', { method: 'POST', headers, body })
  return { status, time: performance.now() - startedAt }
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0
}

/** Measures up to three times: a missing check shows each time, and other load on the machine does not. */
async function compare(browser: Browser, kinds: readonly [string, string]) {
  let measured = await measure(browser, kinds)
  for (let repetition = 1; repetition < 3 && !isSimilar(measured.ratio); repetition += 1) {
    measured = await measure(browser, kinds)
  }
  return measured
}

/**
 * Measures both kinds alternately, so that other load on the machine affects them alike, and
 * compares medians, which ignore a few slow runs. Returns the ratio of the first to the second.
 */
async function measure(browser: Browser, kinds: readonly [string, string]) {
  const token = await browser.csrfToken('/login')
  const statuses = new Set<number>()
  const times: [number[], number[]] = [[], []]
  for (let n = 0; n < samples; n += 1) {
    for (const [index, name] of [...kinds.entries()].toSorted(() => (n % 2 === 0 ? 1 : -1))) {
      const ipAddress = `10.${index}.${n >> 8}.${n & 255}`
      const attempt = await timeSignIn(
        browser,
        { email: `${name}-${n}@users.test`, ipAddress },
        token,
      )
      statuses.add(attempt.status)
      times[index === 0 ? 0 : 1].push(attempt.time)
    }
  }
  return { statuses: [...statuses], ratio: median(times[0]) / median(times[1]) }
}

/** A missing check would halve or double it. */
function isSimilar(ratio: number): boolean {
  return ratio > 0.75 && ratio < 1.33
}

const similar = expect.toSatisfy(isSimilar)

/** Measured once: sign-in.integration.test.ts counts the password checks on both databases. */
describe('sign-in time (V6.3.8, CS-FP-1)', () => {
  it.each(['no device cookie', 'the device cookie of another user'])(
    'is the same with a password, without one and without an account, with %s',
    async (description) => {
      await using app = await anApp('sqlite', { env: proxied, passwordHasher: slowHasher() })
      const other = await app.account('other@users.test')
      for (let n = 0; n < samples; n += 1) {
        await app.account(`known-${n}@users.test`)
        await app.account(`fed-${n}@users.test`)
      }
      const browser = aBrowser(app)
      if (description !== 'no device cookie') {
        await browser.signIn(other)
        await browser.submit('/logout', {}, { on: '/dashboard' })
      }

      const open = await compare(browser, ['known', 'unknown'])
      expect(open).toEqual({ statuses: [401], ratio: similar })

      await app.storage.query(`UPDATE users SET password_hash = '' WHERE email LIKE 'fed-%'`)
      const passwordless = await compare(browser, ['fed', 'unknown'])
      expect(passwordless).toEqual({ statuses: [401], ratio: similar })

      await app.storage.query(`UPDATE attempts SET failures = 100 WHERE key LIKE 'account:%'`)
      const locked = await compare(browser, ['known', 'unknown'])
      expect(locked).toEqual({ statuses: [429], ratio: similar })
    },
    120_000,
  )
})
