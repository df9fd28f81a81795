import { describe, expect, it } from 'vitest'
import { findLocalPaths } from './check-portability.ts'

describe('findTraces', () => {
  it.each([
    ['"resolved": "', 'https://registry.example/hono.tgz"'],
    ['/home', '/someone/project'],
    ['/Users', '/someone/project'],
    ['C:\\', 'Users\\someone'],
    ['/ro', 'ot/project'],
  ])('objects to %s%s', (...pieces) => {
    expect(findLocalPaths({ path: 'package-lock.json', text: pieces.join('') })).toHaveLength(1)
  })

  it('does not mind links between workspaces, or routes', () => {
    const text = '"resolved": "packages/coatcheck" and GET /home or /users/1'
    expect(findLocalPaths({ path: 'package-lock.json', text })).toEqual([])
  })
})
