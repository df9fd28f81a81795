import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeApi, fieldsOf } from './description.ts'
import { exampleOfBody, examples } from './examples.ts'
import { operations } from './operations.ts'
import { schemas } from './schemas.ts'

const options = { origin: 'https://mjr.example', sessionCookieName: '__Host-ours' }
const text = JSON.stringify(describeApi(options))

describe('describeApi', () => {
  it('refers only to schemas that exist', () => {
    const names = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1])
    expect(names).toContain('Links')
    for (const name of names) expect(Object.keys(schemas)).toContain(name)
  })

  it('describes a parameter for each placeholder of a path', () => {
    for (const { path, parameters } of operations) {
      const expected = parameters
        .filter((each) => each.in === 'path')
        .map((each) => `{${each.name}}`)
      expect(path.match(/\{\w+\}/g) ?? []).toEqual(expected)
    }
  })

  it('contains the configured name of the session cookie', () => {
    expect(text).toContain('"in":"cookie","name":"__Host-ours"')
  })

  it('describes each field of a request body', () => {
    const fields = operations.flatMap(fieldsOf)
    expect(fields.map(({ name }) => name)).toContain('original_url')
    for (const { description } of fields) expect(description).not.toBe('')
  })

  it('lists the operations that require a session', () => {
    const bearerless = operations.filter(({ scope }) => scope === null).map(({ path }) => path)
    expect(bearerless).toEqual(['/api/session', '/api/sessions', '/api/sessions/{id}'])
    expect(text.match(/"security":\[\{"session":\[\]\}\]/g)).toHaveLength(3)
  })

  it('names the scope of every other operation, for personal tokens and for client applications', () => {
    const scoped = operations.filter(({ scope }) => scope !== null)
    expect(scoped).toHaveLength(operations.length - 3)
    for (const { scope } of scoped) {
      const security = JSON.stringify([{ bearer: [scope] }, { oauth: [scope] }, { session: [] }])
      expect(text).toContain(`"security":${security}`)
    }
    expect(text).toContain('"links:write":"Create, edit and delete your links"')
    expect(text).toContain('"tokenUrl":"https://mjr.example/oauth/token"')
  })

  it('states that request bodies allow no additional fields', () => {
    expect(text.match(/"additionalProperties":false/g)).toHaveLength(3)
  })
})

describe('examples of the API', () => {
  const document = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(JSON.parse(text))

  it('exist for every response and request body of every operation', () => {
    for (const [path, methods] of Object.entries(document.paths)) {
      const described = JSON.stringify(methods)
      const contents = described.match(/"application\/json":/g) ?? []
      expect([path, described.match(/"example":/g)?.length]).toEqual([path, contents.length])
    }
  })

  it('have exactly the fields of their schemas', () => {
    for (const name of Object.keys(schemas).filter((each) => each !== 'Error')) {
      const required = z.object({ required: z.array(z.string()) }).parse(schemas[name]).required
      expect([name, Object.keys(examples[name] ?? {})]).toEqual([name, required])
    }
  })

  it('of bodies are valid', () => {
    for (const { body } of operations) {
      if (body !== undefined) expect(body.safeParse(exampleOfBody(body)).success).toBe(true)
    }
  })
})
