import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readSecretFile } from './read-secret-file.ts'

it('reads a file, and no missing, too large or unreadable one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mjrwtf-'))
  try {
    const file = join(folder, 'secret')
    writeFileSync(file, 'kööy\n')
    expect(readSecretFile(file)).toBe('kööy\n')
    writeFileSync(file, 'x'.repeat(64 * 1024 + 1))
    expect(readSecretFile(file)).toBeNull()
    expect(readSecretFile(folder)).toBeNull()
    expect(readSecretFile(join(folder, 'missing'))).toBeNull()
  } finally {
    rmSync(folder, { recursive: true })
  }
})
