import { expect, it } from 'vitest'
import { sampleEmails } from '../../../test/support/sample-emails.ts'
import { createDisabledMailer } from './mailer.ts'

it.each(Object.values(sampleEmails))(
  'logs the kind and subject of an unsent $kind email, but no content (V16.2.5)',
  (email) => {
    const lines: object[] = []
    const record = (fields: object, message: string) => void lines.push({ message, ...fields })
    const log = { info: record, warn: record, error: record }
    createDisabledMailer({ baseUrl: 'https://links.example', log }).sendMail(
      'ada@users.test',
      email,
    )
    expect(lines).toEqual([
      {
        message: 'email not sent: email is off',
        kind: email.kind,
        subject: expect.stringContaining('links.example'),
      },
    ])
    expect(JSON.stringify(lines)).not.toMatch(/ada|users\.test|wA3_x|token=/)
  },
)
