import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { aSignedInBrowser } from './support/browser.ts'
import { aClient, aCode, aRequest, authorizePath, callback } from './support/oauth.ts'
import type { TestApp } from './support/open-app.ts'
import type { RawHeaders, TestResponse } from './support/send.ts'
import { anApp } from './support/use-app.ts'
import { anUserCodeEntry } from './support/user-codes.ts'

const page = readFileSync(new URL('../../../docs/client-applications.md', import.meta.url), 'utf8')

type Variables = Map<string, string>

function fill(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$([A-Z_]+)/g, (_all, name: string) => {
    const value = variables.get(name)
    if (value === undefined) throw new Error(`The page uses $${name} before it has a value.`)
    return value
  })
}

/** A command and the response below it, if the page shows one. */
interface Documented {
  readonly command: string
  readonly response: string | null
}

function commandsIn(text: string): readonly Documented[] {
  const blocks = text.matchAll(/```sh\n(curl [\s\S]*?)```(?:\n\n```json\n([\s\S]*?)```)?/g)
  return [...blocks].map(([, command = '', response]) => ({
    command: command.replaceAll('\\\n', ' '),
    response: response ?? null,
  }))
}

/** Sends what curl would send: `-d` adds a form field, `-u` credentials, `-H` a header. */
function runCommand(app: TestApp, command: string): Promise<TestResponse> {
  const parts = [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  )
  const [, url = '', ...options] = parts
  const fields: string[] = []
  const headers: (readonly [string, string])[] = []
  for (let at = 0; at < options.length; at += 2) {
    const value = options[at + 1] ?? ''
    if (options[at] === '-d') fields.push(value)
    else if (options[at] === '-u') headers.push(['Authorization', `Basic ${btoa(value)}`])
    else if (options[at] === '-H') headers.push(splitHeader(value))
    else throw new Error(`Unknown option ${options[at]}`)
  }
  const path = url.replace('https://go.example', '')
  if (fields.length === 0) return app.send(path, { headers })
  const form: RawHeaders = [['Content-Type', 'application/x-www-form-urlencoded'], ...headers]
  return app.send(path, { method: 'POST', headers: form, body: fields.join('&') })
}

function splitHeader(text: string): readonly [string, string] {
  const [name = '', ...rest] = text.split(': ')
  return [name, rest.join(': ')]
}

it('docs/client-applications.md: each command works and returns the fields that it shows', async () => {
  await using app = await anApp('sqlite')
  const client = await aClient(app, { kind: 'confidential', allowsDeviceFlow: true })
  const browser = await aSignedInBrowser(app)
  const variables: Variables = new Map([
    ['CLIENT_ID', client.id],
    ['CLIENT_SECRET', client.secret],
    ['STATE', 'a-state'],
  ])
  const request = aRequest(client)
  variables.set('VERIFIER', request.verifier)
  variables.set('CHALLENGE', request.parameters.code_challenge ?? '')
  const [, documentedUrl = ''] = /```text\nhttps:\/\/go\.example([\s\S]*?)```/.exec(page) ?? []
  const path = fill(documentedUrl.replaceAll(/\s+/g, ''), variables)
  const { state: _, ...own } = request.parameters
  const parameters = { ...own, redirect_uri: callback, state: 'a-state' }
  expect(new URLSearchParams(path.split('?')[1]).size).toBe(Object.keys(parameters).length)
  expect(authorizePath(parameters).length).toBe(path.length)
  variables.set('CODE', await aCode(app, browser, { ...request, path }))

  const commands = commandsIn(page)
  expect(commands.length).toBe(7)
  for (const { command, response } of commands) {
    const answer = await runCommand(app, fill(command, variables))
    expect([command, answer.status]).toEqual([command, 200])
    const shown: unknown = response === null ? null : JSON.parse(response)
    const fields: object = response === null ? {} : Object(answer.json())
    expect(Object.keys(fields)).toEqual(Object.keys(Object(shown)))
    for (const [name, value] of Object.entries(fields)) {
      if (name === 'user_code') await anUserCodeEntry(browser, String(value)).decide('allow')
      if (!/^(access_token|refresh_token|device_code|user_code)$/.test(name)) continue
      app.leakDetector.addSecret(String(value), 'code')
      variables.set(name.toUpperCase(), String(value))
    }
  }
})
