import { describe, expect, it } from 'vitest'
import { findLocalPaths } from './check-portability.ts'

describe('findLocalPaths', () => {
  it.each([
    ['"resolved": "', 'https://registry.example/hono.tgz"'],
    ['/home', '/someone/project'],
    ['/Users', '/someone/project'],
    ['C:\\', 'Users\\someone'],
    ['/ro', 'ot/project'],
  ])('reports %s%s', (...pieces) => {
    expect(findLocalPaths({ path: 'package-lock.json', text: pieces.join('') })).toHaveLength(1)
  })

  it('accepts links between workspaces and HTTP routes', () => {
    const text = '"resolved": "packages/coatcheck" and GET /home or /users/1'
    expect(findLocalPaths({ path: 'package-lock.json', text })).toEqual([])
  })
})
