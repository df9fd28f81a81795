import type { Letter, SendMail } from '../../src/application/ports/send-mail.ts'
import type { Witness } from './witness.ts'

/** A letter, and whom it is for. */
export interface SentLetter {
  readonly to: string
  readonly letter: Letter
}

/** Keeps what is sent, for tests to read, and teaches the witness the tokens in it. */
export function createLetterbox(witness: Pick<Witness, 'learn'>) {
  const letters: SentLetter[] = []
  const sendMail: SendMail = (to, letter) => {
    if ('token' in letter) witness.learn(letter.token, 'token')
    letters.push({ to, letter })
  }
  return { sendMail, letters: () => letters }
}
