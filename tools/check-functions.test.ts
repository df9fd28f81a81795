import { describe, expect, it } from 'vitest'
import { findLongFunctions, maxFunctionLines } from './check-functions.ts'

const path = 'packages/coatcheck/src/sessions/verify.ts'

function find(text: string) {
  return findLongFunctions({ path, text })
}

function statements(count: number): string {
  return 'a()\n'.repeat(count)
}

describe('findLongFunctions', () => {
  it('accepts a function at the limit and reports one that is a line longer', () => {
    expect(find(`function f() {\n${statements(maxFunctionLines - 2)}}`)).toEqual([])
    expect(find(`\nfunction f() {\n${statements(maxFunctionLines - 1)}}`)).toMatchObject([
      { file: path, line: 2 },
    ])
  })

  it('ignores blank lines', () => {
    const blank = '\n'.repeat(maxFunctionLines)
    expect(find(`const f = () => {\n${statements(10)}${blank}}`)).toEqual([])
  })

  it('counts nested functions separately', () => {
    const nested = `function g() {\n${statements(50)}}\n`
    expect(find(`function f() {\n${nested}const h = {\nm() {\n${statements(50)}}\n}\n}`)).toEqual(
      [],
    )
    const long = `g(() => {\n${statements(maxFunctionLines)}})\n`
    expect(find(`function f() {\n${long}}`)).toMatchObject([{ line: 2 }])
  })
})
