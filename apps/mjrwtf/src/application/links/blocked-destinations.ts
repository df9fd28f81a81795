import type { LinkDetails } from '../../domain/link.ts'
import type { Invalid } from '../../domain/results.ts'
import type { LinkChanges } from '../ports/link-repository.ts'

/** Whether no link may lead to the URL. */
export type IsBlocked = (url: string) => Promise<boolean>

const message = 'This site does not allow links to this domain.'

/** Checks the URLs of new details of a link. `null` if all are allowed. */
export async function refuseBlocked(
  { destination, fallbackUrl }: LinkChanges,
  isBlocked: IsBlocked,
): Promise<Invalid<keyof LinkDetails> | null> {
  const urls = [
    { field: 'destination', url: destination },
    { field: 'fallbackUrl', url: fallbackUrl },
  ] as const
  const fields: { readonly field: keyof LinkDetails; readonly message: string }[] = []
  for (const { field, url } of urls) {
    if (url != null && (await isBlocked(url))) fields.push({ field, message })
  }
  return fields.length === 0 ? null : { status: 'invalid', fields }
}
