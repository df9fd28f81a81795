import type { FakeClock } from 'coatcheck/testing'
import {
  type ComposedLetter,
  createLetterComposer,
} from '../../src/adapters/mail/compose-letter.ts'
import { createPrintingMailer } from '../../src/adapters/mail/printing-mailer.ts'
import type { Letter, SendMail } from '../../src/application/ports/send-mail.ts'
import type { Config } from '../../src/config.ts'
import type { Witness } from './witness.ts'

/** A letter, and whom it is for. */
export interface SentLetter {
  readonly to: string
  readonly letter: Letter
  /** As it would be mailed. */
  readonly composed: ComposedLetter
}

/** Keeps what is sent, for tests to read, and teaches the witness the tokens in it. */
export function createLetterbox(
  { config, clock }: { readonly config: Config; readonly clock: FakeClock },
  witness: Pick<Witness, 'learn'>,
) {
  const letters: SentLetter[] = []
  const compose = createLetterComposer(config.baseUrl)
  const printing = createPrintingMailer({ baseUrl: config.baseUrl, clock, print: () => {} })
  const sendMail: SendMail = (to, letter) => {
    if ('token' in letter) witness.learn(letter.token, 'token')
    letters.push({ to, letter, composed: compose(letter) })
    printing.sendMail(to, letter)
  }
  return { sendMail, letters: () => letters, kept: printing.letters }
}
