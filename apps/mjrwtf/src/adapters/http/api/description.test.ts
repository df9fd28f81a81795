import { describe, expect, it } from 'vitest'
import { describeApi, fieldsOf } from './description.ts'
import { operations } from './operations.ts'
import { schemas } from './schemas.ts'

const options = { origin: 'https://mjr.example', sessionCookieName: '__Host-ours' }
const text = JSON.stringify(describeApi(options))

describe('the description of the API', () => {
  it('refers to no schema that is not there', () => {
    const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1])
    expect(names).toContain('Links')
    for (const name of names) expect(Object.keys(schemas)).toContain(name)
  })

  it('names a parameter for each part of a path that varies', () => {
    for (const { path, parameters } of operations) {
      const expected = parameters
        .filter((each) => each.in === 'path')
        .map((each) => `{${each.name}}`)
      expect(path.match(/\{\w+\}/g) ?? []).toEqual(expected)
    }
  })

  it('names the session cookie as it is configured', () => {
    expect(text).toContain('"in":"cookie","name":"__Host-ours"')
  })

  it('says of each field of a body what it is for', () => {
    const fields = operations.flatMap(fieldsOf)
    expect(fields.map(({ name }) => name)).toContain('original_url')
    for (const { description } of fields) expect(description).not.toBe('')
  })

  it('says which calls a bearer token cannot make', () => {
    const bearerless = operations.filter(({ needsSession }) => needsSession).map(({ path }) => path)
    expect(bearerless).toEqual(['/api/session', '/api/sessions', '/api/sessions/{id}'])
    expect(text.match(/"security":\[\{"session":\[\]\}\]/g)).toHaveLength(3)
  })

  it('says that bodies are closed', () => {
    expect(text.match(/"additionalProperties":false/g)).toHaveLength(2)
  })
})
