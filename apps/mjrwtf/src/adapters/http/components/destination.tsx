import { type LinkDetails, shownDestination } from '../../../domain/link.ts'

export type ShownLink = Pick<LinkDetails, 'destination' | 'typedDestination'>

/** Characters that are shown of a long destination before it is opened. */
const shortLength = 300

/**
 * The destination of a link as its owner typed it. A long one can be opened. A host outside of ASCII is shown in ASCII too:
 * some characters of other scripts look like ours.
 */
export function Destination({ link }: { readonly link: ShownLink }) {
  const text = shownDestination(link)
  const asciiHost = link.typedDestination === null ? null : asciiHostOf(link)
  return (
    <>
      <DestinationText text={text} />
      {asciiHost !== null && <span class="ascii-host"> (host: {asciiHost})</span>}
    </>
  )
}

function DestinationText({ text }: { readonly text: string }) {
  if (text.length <= shortLength) return <UrlText text={text} />
  return (
    <details class="long-url">
      <summary>
        <UrlText text={`${firstCharacters(text)}…`} />
      </summary>
      <UrlText text={text} />
    </details>
  )
}

/** Characters that are written from right to left do not change the order of the parts of a URL. */
export function UrlText({ text }: { readonly text: string }) {
  return (
    <bdi class="url" dir="ltr">
      {text}
    </bdi>
  )
}

function firstCharacters(text: string): string {
  return [...text.slice(0, 2 * shortLength)].slice(0, shortLength).join('')
}

/** `null` if the host is shown in ASCII already. */
function asciiHostOf({ destination, typedDestination }: ShownLink): string | null {
  const { host } = new URL(destination)
  return typedDestination?.toLowerCase().includes(host) === true ? null : host
}

/** What a link to a destination opens: a host, or something of another scheme. */
export function targetOf(destination: string): string {
  const url = URL.parse(destination)
  if (url === null) return 'the destination'
  return url.host === '' ? `the ${url.protocol.replace(/:$/, '')} link` : url.host
}
