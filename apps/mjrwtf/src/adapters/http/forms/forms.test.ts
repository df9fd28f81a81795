import { describe, expect, it } from 'vitest'
import { defineForm, formText, invalidRequest } from './forms.ts'

const { schema } = defineForm({ email: formText })

function problemOf(value: unknown) {
  const result = schema.safeParse(value)
  if (result.success) throw new Error('The value was accepted')
  return invalidRequest(result.error)
}

describe('the fields of a form', () => {
  it('takes a missing field for an empty one, so that the use case says what is missing', () => {
    expect(schema.parse({ csrf_token: 'x' }).email).toBe('')
  })

  it('names a field that no page of ours sends', () => {
    const problem = problemOf({ email: 'a', is_operator: 'true' })
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(Object.keys(problem.fields ?? {})).toEqual(['is_operator'])
  })

  it('names a field that was sent twice, or as something else than text', () => {
    expect(Object.keys(problemOf({ email: ['a', 'b'] }).fields ?? {})).toEqual(['email'])
    expect(Object.keys(problemOf({ email: 5 }).fields ?? {})).toEqual(['email'])
  })

  it('names __proto__ like any other field', () => {
    const problem = problemOf(JSON.parse('{"__proto__":{"email":"a"}}'))
    expect(Object.keys(problem.fields ?? {})).toEqual(['__proto__'])
  })

  it('lists no field where the whole is no object', () => {
    expect(problemOf([]).fields).toBeUndefined()
  })
})
