/** Methods that a user recognizes, by their names in RFC 8176, in the order in which they are listed. */
const texts: Readonly<Record<string, string>> = {
  pwd: 'password',
  otp: 'one-time code',
  sms: 'code by text message',
  fed: 'another site',
  rba: 'trusted browser',
}

const passkeyMethods: readonly string[] = ['swk', 'hwk', 'pop', 'sc']

/**
 * Says how a user has authenticated, such as `Password and one-time code`; `null` without a method that the user
 * recognizes.
 */
export function methodsText(methods: readonly string[]): string | null {
  const names = Object.entries(texts).flatMap(([method, text]) =>
    methods.includes(method) ? [text] : [],
  )
  const isPasskey = methods.some((method) => passkeyMethods.includes(method))
  const [first, ...rest] = isPasskey ? ['passkey', ...names] : names
  if (first === undefined) return null
  const list = new Intl.ListFormat('en-GB').format([first, ...rest])
  return list.charAt(0).toUpperCase() + list.slice(1)
}
