import type { Email, FactorChangeEvent } from '../../application/ports/email.ts'
import { fewRecoveryCodes } from '../../domain/recovery-code.ts'
import {
  details,
  type EmailBlock,
  type EmailContent,
  type EmailLinks,
  link,
  text,
} from './email-content.ts'
import { chosenDetail, clientDetails } from './email-details.ts'

/** The email about a change of the factors of a user. */
export function factorChangeEmail(
  { change, factor, name, unusedCodes, at, from }: Email<'factor-changed'>,
  links: EmailLinks,
): EmailContent {
  const factorName = factor === null ? 'second factor' : factorNames[factor]
  const { what, happened, note } = changeTexts[change](factorName)
  const named = name === null ? [] : [chosenDetail(capitalize(factorName), name)]
  return {
    subject: `${capitalize(what)} ${happened} your ${links.host} account`,
    heading: `${capitalize(what)} ${headings[change]}`,
    blocks: [
      text(`${capitalize(what)} ${happened} your ${links.host} account. ${note}`),
      details([...named, ...clientDetails(at, from)]),
      ...codesLeft(unusedCodes, links),
      text(
        'If this was you, you can ignore this email. If not, choose a new password now, sign out the devices that ' +
          'you do not recognize, and remove the sign-in methods that are not yours.',
      ),
      link('Choose a new password', links.forgot),
      link('Review your account security', links.security),
    ],
  }
}

/** Urges the user to create new recovery codes while few are left. */
function codesLeft(unused: number | null, links: EmailLinks): readonly EmailBlock[] {
  if (unused === null) return []
  const left =
    unused === 1 ? '1 recovery code is' : `${unused === 0 ? 'No' : unused} recovery codes are`
  if (unused > fewRecoveryCodes) return [text(`${left} left.`)]
  return [
    text(`${left} left. Create new ones, so that you are not locked out if you lose your devices.`),
    link('Create recovery codes', links.recoveryCodes),
  ]
}

type Factor = NonNullable<Email<'factor-changed'>['factor']>

const factorNames: Readonly<Record<Factor, string>> = {
  passkey: 'passkey',
  authenticator: 'authenticator app',
  phone: 'phone number',
  'recovery-code': 'recovery code',
}

interface ChangeText {
  /** The subject of the sentence. */
  readonly what: string
  /** What happened to it, up to the account. */
  readonly happened: string
  /** What it means for the user. */
  readonly note: string
}

const changeTexts: Readonly<Record<FactorChangeEvent, (factor: string) => ChangeText>> = {
  'second-factor-added': (factor) => ({
    what: article(factor),
    happened: 'was added to',
    note: 'It can be used to sign in.',
  }),
  'second-factor-removed': (factor) => ({
    what: article(factor),
    happened: 'was removed from',
    note: 'It can no longer be used to sign in.',
  }),
  'second-factor-renamed': (factor) => ({
    what: article(factor),
    happened: 'was renamed in',
    note: 'The details show its new name.',
  }),
  'second-factors-removed': () => ({
    what: 'all second factors',
    happened: 'were removed from',
    note: 'Signing in now takes only one step. Add a second factor again as soon as you can.',
  }),
  'passkey-suspended': () => ({
    what: 'a passkey',
    happened: 'was suspended in',
    note: 'It may have been copied, so it is not accepted until you decide whether to keep or remove it.',
  }),
  'passkey-kept': () => ({
    what: 'a suspended passkey',
    happened: 'was kept in',
    note: 'It can be used to sign in again.',
  }),
  'recovery-codes-created': () => ({
    what: 'new recovery codes',
    happened: 'were created for',
    note: 'Codes that were created before no longer work.',
  }),
  'recovery-code-used': () => ({
    what: 'a recovery code',
    happened: 'was used for',
    note: 'That code no longer works. If you lost a device, add a second factor on a new one and remove that of the lost one.',
  }),
}

const headings: Readonly<Record<FactorChangeEvent, string>> = {
  'second-factor-added': 'was added',
  'second-factor-removed': 'was removed',
  'second-factor-renamed': 'was renamed',
  'second-factors-removed': 'were removed',
  'passkey-suspended': 'was suspended',
  'passkey-kept': 'was kept',
  'recovery-codes-created': 'were created',
  'recovery-code-used': 'was used',
}

function article(noun: string): string {
  return `${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}`
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
