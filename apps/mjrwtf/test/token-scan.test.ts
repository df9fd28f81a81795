import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { formatPersonalToken, hasTokenChecksum } from '../src/domain/personal-token.ts'

const documentation = new URL('../../../docs/tokens.md', import.meta.url)

/** The expression of the documentation, as a scanner of source code uses it. */
function documentedExpression(): RegExp {
  const [, expression = ''] = /```regex\n(.+)\n```/.exec(readFileSync(documentation, 'utf8')) ?? []
  return new RegExp(expression, 'g')
}

function scan(folder: string): readonly string[] {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = names
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
  return files.flatMap((file) => readFileSync(file, 'utf8').match(documentedExpression()) ?? [])
}

it('a scan of a repository finds planted tokens with the documented expression (RFC 8959)', () => {
  const token = formatPersonalToken(new Uint8Array(32).fill(9))
  const accessToken = `mjr_at_${'a-B_c9'.repeat(4).slice(0, 22)}.${'x'.repeat(43)}`
  const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-scan-'))
  try {
    mkdirSync(join(folder, 'src'))
    writeFileSync(join(folder, 'src', 'config.ts'), `const options = { token: '${token}' }\n`)
    writeFileSync(join(folder, '.env'), `TOKEN=${accessToken}\nOTHER=mjr_pat_short\nmjr_path\n`)
    writeFileSync(join(folder, 'README.md'), `curl -H "Authorization: Bearer ${token.slice(8)}"\n`)
    const found = scan(folder)
    expect(found.toSorted()).toEqual([accessToken, token].toSorted())
    expect(found.filter(hasTokenChecksum)).toEqual([token])
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('the sources and tests of the app contain no token', () => {
  const folders = ['../src', '../test'].map((path) => new URL(path, import.meta.url).pathname)
  expect(folders.flatMap(scan).filter(hasTokenChecksum)).toEqual([])
})
