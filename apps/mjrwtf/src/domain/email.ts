/** Longest address that can be mailed (RFC 5321 section 4.5.3.1.3, less the angle brackets). */
const maxEmailLength = 254

// U+FFFD stands where bytes were no text: that address has lost something on its way.
const emailPattern = /^[^\s@\p{C}\ufffd<>"(),:;[\]\\]{1,64}@[^\s@\p{C}\ufffd<>"(),:;[\]\\]+$/u

/**
 * Reads an email address: the text without surrounding white space, or `null` when it cannot be one.
 * Whether it belongs to anybody only a mail can tell.
 */
export function parseEmail(text: string): string | null {
  const email = text.trim()
  return email.length <= maxEmailLength && emailPattern.test(email) ? email : null
}

/**
 * The form in which addresses are compared, everywhere: NFC, lower case. Two addresses with one key
 * are one account (checklist CS-AU-5).
 */
export function emailKey(email: string): string {
  return email.trim().normalize('NFC').toLowerCase()
}

/**
 * The mailbox that an address most likely leads to, to count what is sent there: without what follows a plus, and the
 * domain as it is looked up. Not for telling accounts apart.
 */
export function mailboxKey(email: string): string {
  const key = emailKey(email)
  const atIndex = key.lastIndexOf('@')
  const [localPart = ''] = key.slice(0, atIndex).split(/(?<=.)\+/u, 1)
  return `${localPart}@${toAsciiDomain(key.slice(atIndex + 1))}`
}

/** Fullwidth letters, other full stops and the like are written otherwise, and found as the same. */
function toAsciiDomain(domain: string): string {
  const host = URL.parse(`http://${domain}`)?.hostname ?? domain
  return host.replace(/\.$/, '')
}
