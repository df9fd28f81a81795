import { describe, expect, it } from 'vitest'
import { defineForm, formText, invalidRequest } from './forms.ts'

const { schema } = defineForm({ email: formText })

function problemOf(value: unknown) {
  const result = schema.safeParse(value)
  if (result.success) throw new Error('The value was accepted')
  return invalidRequest(result.error)
}

describe('form schema', () => {
  it('reads a missing text field as empty', () => {
    expect(schema.parse({ csrf_token: 'x' }).email).toBe('')
  })

  it('reports a field that the form does not have', () => {
    const problem = problemOf({ email: 'a', is_operator: 'true' })
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' })
    expect(Object.keys(problem.fields ?? {})).toEqual(['is_operator'])
  })

  it('reports a field that was sent twice or is not text', () => {
    expect(Object.keys(problemOf({ email: ['a', 'b'] }).fields ?? {})).toEqual(['email'])
    expect(Object.keys(problemOf({ email: 5 }).fields ?? {})).toEqual(['email'])
  })

  it('reports __proto__ like any other field', () => {
    const problem = problemOf(JSON.parse('{"__proto__":{"email":"a"}}'))
    expect(Object.keys(problem.fields ?? {})).toEqual(['__proto__'])
  })

  it('reports at most ten of many fields that the form does not have', () => {
    const fields = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`field-${n}`, '']))
    expect(Object.keys(problemOf({ email: 'a', ...fields }).fields ?? {})).toHaveLength(10)
  })

  it('reports no fields if the input is not an object', () => {
    expect(problemOf([]).fields).toBeUndefined()
  })
})
