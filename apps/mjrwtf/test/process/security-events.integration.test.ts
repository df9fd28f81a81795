import { describe, expect, it } from 'vitest'
import { databases, openStorage } from '../support/storage.ts'
import { environmentFor, setUp, signIn } from './support/accounts.ts'
import { startProgram } from './support/program.ts'

describe.each(databases)('security events at exit on %s', (kind) => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'are all written when %s ends the program',
    async (signal) => {
      await using storage = await openStorage(kind)
      await using program = await startProgram({ env: environmentFor(storage) })
      await setUp(program)
      const browser = await signIn(program)
      await browser.submit('/logout', {}, { on: '/dashboard' })
      expect(await program.stop(signal)).toMatchObject({ code: 0 })
      const rows = await storage.query('SELECT kind FROM security_events ORDER BY at, kind')
      expect(rows.map((row) => ('kind' in row ? row.kind : null)).toSorted()).toEqual([
        'account-created',
        'new-device',
        'session-created',
        'session-created',
        'session-revoked',
      ])
    },
  )
})
