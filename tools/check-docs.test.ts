import { describe, expect, it } from 'vitest'
import { findTypeErrors } from './check-docs.ts'
import { codeBlocks } from './docs/code-blocks.ts'
import { findRowsWithoutTest } from './docs/conformance.ts'
import { findBrokenLinks } from './docs/links.ts'

const fence = '```'

function page(text: string) {
  return { path: 'docs/page.md', text }
}

describe('codeBlocks', () => {
  it('finds TypeScript blocks with their lines and dedents those in lists', () => {
    const text = `# Title\n\n${fence}ts\nconst a = 1\n${fence}\n\n1. x\n   ${fence}ts\n   f(() => {\n     g()\n   })\n   ${fence}\n`
    expect(codeBlocks(page(text)).blocks).toEqual([
      { page: 'docs/page.md', line: 4, language: 'ts', code: 'const a = 1\n' },
      { page: 'docs/page.md', line: 9, language: 'ts', code: 'f(() => {\n  g()\n})\n' },
    ])
  })

  it('ignores other languages and reports a block that would skip the check', () => {
    const { blocks, findings } = codeBlocks(
      page(`${fence}sh\nnpm start\n${fence}\n${fence}ts ignore\nlet a: B\n${fence}\n`),
    )
    expect(blocks).toEqual([])
    expect(findings).toMatchObject([{ line: 4 }])
  })
})

describe('findTypeErrors', () => {
  it('reports a type error on its line of the page', () => {
    const block = { page: 'README.md', line: 7, language: 'ts' } as const
    const blocks = [
      { ...block, code: 'const a: number = 1\n' },
      { ...block, code: 'const b = 1\nconst a: number = "x"\n' },
    ]
    expect(findTypeErrors(blocks)).toMatchObject([{ file: 'README.md', line: 8 }])
  })
})

describe('findBrokenLinks', () => {
  const exists = (path: string) => path === 'docs/there.md'

  it('reports links to missing files, also in HTML tags', () => {
    const text = '[a](there.md#part) [b](missing.md)\n<img src="missing.png">'
    expect(findBrokenLinks(page(text), exists)).toMatchObject([{ line: 1 }, { line: 2 }])
  })

  it('ignores other sites, anchors and code', () => {
    const text = `[a](https://example.com/x) [b](#part) \`[c](missing.md)\`\n${fence}\n[d](missing.md)\n${fence}`
    expect(findBrokenLinks(page(text), exists)).toEqual([])
  })
})

describe('findRowsWithoutTest', () => {
  const text =
    "it('a one', f); it.each([1])('each %s', f); describe('d', f); contractCases('t', { async 'a case'() {} })"
  const read = (path: string) => (path === 'a.test.ts' ? { path, text } : null)

  it('accepts tests that exist', () => {
    const rows =
      '| V1 | `a.test.ts` › a one |\n| V2 | `a.test.ts` › each %s; `a.test.ts` › a case |'
    expect(findRowsWithoutTest(page(rows), read)).toEqual([])
  })

  it('reports a missing test and a missing file', () => {
    const rows =
      '| V1 | `a.test.ts` › a on |\n| V2 | `a.test.ts` › d |\n| V3 | `b.test.ts` › a one |'
    expect(findRowsWithoutTest(page(rows), read)).toMatchObject([
      { line: 1 },
      { line: 2 },
      { line: 3 },
    ])
  })
})
