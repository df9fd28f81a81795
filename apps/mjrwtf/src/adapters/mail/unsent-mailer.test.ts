import { expect, it } from 'vitest'
import { sampleLetters } from '../../../test/support/sample-letters.ts'
import { createUnsentMailer } from './unsent-mailer.ts'

it.each(Object.values(sampleLetters))(
  'a letter of the kind $kind that cannot leave is named in the log, not written out (V16.2.5)',
  (letter) => {
    const lines: object[] = []
    const note = (fields: object, message: string) => void lines.push({ message, ...fields })
    const log = { info: note, warn: note, error: note }
    createUnsentMailer({ baseUrl: 'https://links.example', log }).sendMail(
      'ada@people.test',
      letter,
    )
    expect(lines).toEqual([
      {
        message: 'email not sent: mail is off',
        kind: letter.kind,
        subject: expect.stringContaining('links.example'),
      },
    ])
    expect(JSON.stringify(lines)).not.toMatch(/ada|people\.test|wA3_x|token/)
  },
)
