import { expect } from 'vitest'
import { aBrowser, type Browser } from '../../support/browser.ts'
import type { Storage } from '../../support/storage.ts'
import type { Environment, Program } from './program.ts'

/** The user of the first account. */
export const operator = { email: 'ann@users.test', password: 'a heron crosses the canal' } as const

/** A shared bearer token, for links created through the API. */
export const bearer = 'tok-7hQ2mZ9xKd4wPs1v'

/**
 * The environment of a program on this database. Programs that share it use the same environment.
 */
export function environmentFor({ kind, url }: Storage, env: Environment = {}): Environment {
  const secretKeys = 'k7Zq2vXw9RtYb4Nc8Lm3Hd6Jf1Gs5Ap0-_uEiOoTrWx'
  const needed = kind === 'postgres' ? { SECRET_KEYS: secretKeys } : {}
  // The administrator of most tests has no second factor.
  const policy = { REQUIRE_SECOND_FACTOR: 'off' }
  return { DATABASE_URL: url, ...needed, ...policy, ...env }
}

/** Creates the first account with the printed setup link and returns the signed-in browser. */
export async function setUp(program: Program): Promise<Browser> {
  const link = await program.setUpLink()
  const browser = aBrowser(program)
  program.addSecret(operator.password, 'password')
  const fields = { code: link.searchParams.get('code') ?? '', ...operator }
  const answer = await browser.submit('/setup', fields, { on: `${link.pathname}${link.search}` })
  expect([answer.status, answer.location]).toEqual([303, '/dashboard'])
  return browser
}

/** A new browser that has signed in at the program. */
export async function signIn(program: Program): Promise<Browser> {
  const browser = aBrowser(program)
  const answer = await browser.signIn(operator)
  expect([answer.status, answer.location]).toEqual([303, '/dashboard'])
  return browser
}

/** Creates a link through the API and returns its short code. */
export async function shorten(
  program: Program,
  destination: string,
  details: Readonly<Record<string, string>> = {},
): Promise<string> {
  const answer = await postLink(program, destination, details)
  expect(answer.status).toBe(201)
  return shortCodeIn(answer.body)
}

export function postLink(
  program: Program,
  destination: string,
  details: Readonly<Record<string, string>> = {},
) {
  return program.send('/api/urls', {
    method: 'POST',
    headers: [
      ['Authorization', `Bearer ${bearer}`],
      ['Content-Type', 'application/json'],
    ],
    body: JSON.stringify({ original_url: destination, ...details }),
  })
}

export function shortCodeIn(body: string): string {
  return /"short_code":"([^"]+)"/.exec(body)?.[1] ?? ''
}

/** A browser with the same cookies that calls another program on the same database. */
export function sameBrowserAt(program: Program, browser: Browser): Browser {
  const other = aBrowser(program)
  for (const [name, value] of browser.cookies) other.cookies.set(name, value)
  return other
}

/** Status of the session API: 200, 401 or a failure. */
export async function sessionStatus(browser: Browser): Promise<number> {
  return (await browser.send('/api/session')).status
}
