import { expect, it } from 'vitest'
import { openSessions } from '../../test/support/open-sessions.ts'
import { createWebSessions } from '../http/create-web-sessions.ts'

const web = createWebSessions(openSessions().sessions, {
  baseUrl: 'https://mjr.example',
  keys: ['a key for tests, of 32 bytes or more'],
})

interface Load {
  readonly site: string
  readonly mode: string
  readonly dest: string
}

async function statusOf({ site, mode, dest }: Load, method = 'GET') {
  const headers = { 'Sec-Fetch-Site': site, 'Sec-Fetch-Mode': mode, 'Sec-Fetch-Dest': dest }
  const request = new Request('https://mjr.example/page', { method, headers })
  return (await web.enforceResourceIsolation(web.open(request, null)))?.status ?? null
}

it.each([
  ['cross-site', 'no-cors', 'image', 403],
  ['cross-site', 'no-cors', 'script', 403],
  ['cross-site', 'cors', 'empty', 403],
  ['cross-site', 'navigate', 'iframe', 403],
  ['cross-site', 'navigate', 'object', 403],
  ['same-site', 'no-cors', 'image', 403],
  ['cross-site', 'navigate', 'document', null],
  ['same-site', 'navigate', 'document', null],
  ['same-origin', 'no-cors', 'image', null],
  ['same-origin', 'cors', 'empty', null],
  ['none', 'navigate', 'document', null],
])('answers a %s load in mode %s for %s with %s', async (...row) => {
  const [site, mode, dest, status] = row
  expect(await statusOf({ site, mode, dest })).toBe(status)
  expect(await statusOf({ site, mode, dest }, 'HEAD')).toBe(status)
})

it('leaves unsafe methods to the CSRF guard', async () => {
  expect(await statusOf({ site: 'cross-site', mode: 'no-cors', dest: 'empty' }, 'POST')).toBeNull()
})

it('lets browsers pass that say nothing', async () => {
  const request = new Request('https://mjr.example/page')
  expect(await web.enforceResourceIsolation(web.open(request, null))).toBeNull()
})
