import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readOrCreateSecretKeys } from './secret-keys.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'mjrwtf-keys-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

it('creates a key file readable by its owner only and reuses it', () => {
  const file = join(directory, 'data', 'secret-keys')
  const created = readOrCreateSecretKeys(file)
  expect(created).toEqual({ status: 'ok', keys: [expect.stringMatching(/^[\w-]{43}$/)] })
  expect(readOrCreateSecretKeys(file)).toEqual(created)
  expect(readdirSync(join(directory, 'data'))).toEqual(['secret-keys'])
  if (process.platform === 'win32') return
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(statSync(join(directory, 'data')).mode & 0o777).toBe(0o700)
})

it('reads several keys, newest first, without changing the file', () => {
  const file = join(directory, 'secret-keys')
  const [newer, older] = ['n'.repeat(40), 'o'.repeat(32)]
  writeFileSync(file, `${newer}\n${older}\n`, { mode: 0o644 })
  expect(readOrCreateSecretKeys(file)).toEqual({ status: 'ok', keys: [newer, older] })
  expect(readFileSync(file, 'utf8')).toBe(`${newer}\n${older}\n`)
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600)
})

it.each(['', '\n', 'too-short\n'])('rejects a file with %j without revealing it', (text) => {
  const file = join(directory, 'secret-keys')
  writeFileSync(file, text)
  const result = readOrCreateSecretKeys(file)
  expect(result).toMatchObject({ status: 'failed', message: expect.stringContaining('32 bytes') })
  expect(JSON.stringify(result)).not.toContain('too-short')
})

it('reports that the key file cannot be created', () => {
  writeFileSync(join(directory, 'data'), 'in the way')
  const result = readOrCreateSecretKeys(join(directory, 'data', 'secret-keys'))
  expect(result).toMatchObject({ status: 'failed', message: expect.stringContaining('ENOTDIR') })
})
