import { describe, expect, it } from 'vitest'
import { findTypeErrors } from './check-docs.ts'
import { codeBlocks } from './docs/code-blocks.ts'
import { findEmptySections, findMissingTests, findRowsWithoutEvidence } from './docs/conformance.ts'
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
  const read = (path: string) => (path === 'docs/there.md' ? '# A `part`, of it\n' : null)

  it('reports links to missing files, also in HTML tags', () => {
    const text = '[a](there.md) [b](missing.md)\n<img src="missing.png">'
    expect(findBrokenLinks(page(text), read)).toMatchObject([{ line: 1 }, { line: 2 }])
  })

  it('reports links to missing headings', () => {
    const text = '# Own\n[a](there.md#a-part-of-it) [b](#own)\n[c](there.md#part)\n[d](#missing)'
    expect(findBrokenLinks(page(text), read)).toMatchObject([{ line: 3 }, { line: 4 }])
  })

  it('ignores other sites and code', () => {
    const text = `[a](https://example.com/x#y) \`[c](missing.md)\`\n${fence}\n[d](missing.md)\n${fence}`
    expect(findBrokenLinks(page(text), read)).toEqual([])
  })
})

describe('findMissingTests', () => {
  const text =
    "it('a one', f); it.each([1])('each %s', f); describe('d', f); contractCases('t', { async 'a case'() {} })"
  const read = (path: string) => (path === 'a.test.ts' ? { path, text } : null)

  it('accepts tests that exist', () => {
    const list = '- `a.test.ts` › a one\n- `a.test.ts` › each %s\n- `a.test.ts` › a case'
    expect(findMissingTests(page(list), read)).toEqual([])
  })

  it('reports a missing test and a missing file', () => {
    const list = '- `a.test.ts` › a on\n- `a.test.ts` › d\n- `b.test.ts` › a one'
    expect(findMissingTests(page(list), read)).toMatchObject([
      { line: 1 },
      { line: 2 },
      { line: 3 },
    ])
  })
})

describe('findEmptySections', () => {
  it('reports a section without a test', () => {
    const text = '## Tokens\n\n### T1\n\nV1\n\n- `a.test.ts` › a one\n\n### T2\n\nV2\n'
    expect(findEmptySections(page(text))).toMatchObject([{ line: 9, message: 'T2 names no test' }])
  })
})

describe('findRowsWithoutEvidence', () => {
  it('reports a met requirement without a link to evidence', () => {
    const text =
      '| V1 | x | Met | [T1](security-evidence.md#t1) |\n| V2 | x | Partly | — |\n| V3 | x | Not yet | — |'
    expect(findRowsWithoutEvidence(page(text))).toMatchObject([{ line: 2 }])
  })
})
