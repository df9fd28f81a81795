import type { Letter } from '../../application/ports/send-mail.ts'
import type { LetterContent } from './letter-content.ts'
import type { LetterLinks } from './letter-links.ts'
import {
  accountDeleted,
  addressChanged,
  manyFailedSignIns,
  newDevice,
  passwordChanged,
  passwordReset,
  suspiciousUse,
} from './letters-of-news.ts'
import {
  addressChangeAsked,
  confirmNewAddress,
  resetPassword,
  verifyAddress,
} from './letters-to-act-on.ts'

/** Puts a letter into words. */
export function wordLetter(letter: Letter, links: LetterLinks): LetterContent {
  switch (letter.kind) {
    case 'verify-address':
      return verifyAddress(letter, links)
    case 'reset-password':
      return resetPassword(letter, links)
    case 'confirm-new-address':
      return confirmNewAddress(letter, links)
    case 'address-change-asked':
      return addressChangeAsked(letter, links)
    case 'address-changed':
      return addressChanged(letter, links)
    case 'password-changed':
      return passwordChanged(letter.at, links)
    case 'password-reset':
      return passwordReset(letter.at, links)
    case 'new-device':
      return newDevice(letter, links)
    case 'suspicious-use':
      return suspiciousUse(letter, links)
    case 'many-failed-sign-ins':
      return manyFailedSignIns(letter, links)
    case 'account-deleted':
      return accountDeleted(letter.at, links)
  }
}
