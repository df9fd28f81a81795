import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { aSessionRecord } from '../testing/builders.ts'
import { readStoredRecord } from './stored-record.ts'

describe('readStoredRecord', () => {
  it('reads the representations that drivers return', () => {
    const record = aSessionRecord({ remembered: true })
    const stored = {
      ...record,
      secretHash: Buffer.from(record.secretHash),
      createdAt: BigInt(record.createdAt),
      remembered: 1,
      methods: 'pwd:1768469400123|otp:5',
    }

    expect(readStoredRecord(stored)).toEqual({
      ...record,
      methods: [{ method: 'pwd', at: 1_768_469_400_123 }],
      previousMethods: [{ method: 'otp', at: 5 }],
    })
  })

  it('returns copies of the bytes', () => {
    const record = aSessionRecord()
    const read = readStoredRecord({ ...record, methods: '' })
    record.secretHash.fill(0)

    expect(read.secretHash).not.toEqual(record.secretHash)
  })

  it.each([
    { id: 7 },
    { id: null },
    { secretHash: new Uint8Array(31) },
    { secretHash: 'text' },
    { previousSecretHash: new Uint8Array(33) },
    { csrfSecret: null },
    { createdAt: '2026-01-15' },
    { expiresAt: 1.5 },
    { lastActivityAt: 2 ** 53 },
    { remembered: 2 },
    { data: undefined },
    { methods: undefined },
    { methods: [] },
    { methods: 'pwd' },
    { endedAt: 1_768_469_400_000, endReason: '' },
    { endedAt: 1_768_469_400_000, endReason: 5 },
    { endedAt: 1_768_469_400_000, endReason: null },
    { endedAt: null, endReason: 'signed-out' },
  ])('rejects %o', (damage) => {
    const stored = { ...aSessionRecord(), methods: '', ...damage }

    expect(() => readStoredRecord(stored)).toThrow(
      expect.objectContaining({ code: 'corrupt-record' }),
    )
  })

  it.each(['banned', 'a-reason-of-2030', 'Written by hand, in SQL'])(
    'reads the unknown end reason %j',
    (endReason) => {
      const stored = { ...aSessionRecord(), endedAt: 1_768_469_400_000, endReason }

      expect(readStoredRecord({ ...stored, methods: '' })).toEqual(stored)
    },
  )

  it('derives the level from the methods that this version knows, whatever level is stored', () => {
    const stored = { ...aSessionRecord(), assuranceLevel: 3, methods: 'pwd:1 mfa9:1' }
    expect(readStoredRecord(stored).assuranceLevel).toBe(1)
    expect(readStoredRecord({ ...stored, methods: 'pwd:1 otp:1' }).assuranceLevel).toBe(2)
  })

  it('names the invalid field but not its value', () => {
    const stored = { ...aSessionRecord(), methods: '', data: 4711 }

    expect(() => readStoredRecord(stored)).toThrow(/data is invalid/)
    expect(() => readStoredRecord(stored)).not.toThrow(/4711/)
  })
})
