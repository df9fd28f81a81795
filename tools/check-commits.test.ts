import { describe, expect, it } from 'vitest'
import { findSubjectErrors } from './check-commits.ts'

describe('findSubjectErrors', () => {
  it.each([
    'session: end the old token on rotation',
    'app: format',
    'app: add, rename and remove names',
    'http: address CVE-2026-1234',
    'web-security: process one Host header',
    `docs: say ${'x'.repeat(62)}`,
  ])('accepts %s', (subject) => {
    expect(findSubjectErrors(subject)).toEqual([])
  })

  it.each([
    'end the old token on rotation',
    'Session: end the old token',
    'session: End the old token',
    'session: end the old token.',
    'session: ended the old token',
    'session: ends the old token',
    'session: ending the old token',
    `docs: say ${'x'.repeat(63)}`,
  ])('rejects %s', (subject) => {
    expect(findSubjectErrors(subject)).toHaveLength(1)
  })
})
