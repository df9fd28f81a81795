import { raw } from 'hono/html'
import { renderSVG } from 'uqr'

interface LinkTicketProps {
  readonly shortUrl: string
  readonly destination: string
  /** What the copy button says; `null` for a ticket that is only looked at. */
  readonly copyLabel: string | null
}

/** One link as a ticket: the short URL to hand out on the left, its QR code on the stub. */
export function LinkTicket({ shortUrl, destination, copyLabel }: LinkTicketProps) {
  return (
    <div class="ticket">
      <div class="face">
        <p class="short-url">
          {copyLabel === null ? (
            withoutScheme(shortUrl)
          ) : (
            <a href={shortUrl}>{withoutScheme(shortUrl)}</a>
          )}
        </p>
        <p class="destination">leads to {destination}</p>
        {copyLabel !== null && (
          <p>
            <CopyButton text={shortUrl} label={copyLabel} look="button" />
          </p>
        )}
      </div>
      <div class="stub">
        <QrCode text={shortUrl} />
        <span>scan or type</span>
      </div>
    </div>
  )
}

interface CopyButtonProps {
  readonly text: string
  readonly label: string
  readonly look: 'button' | 'plain'
  /** What is copied, where the label alone does not say. */
  readonly what?: string
}

/** Hidden until the script shows it: without script there is nothing to copy with. */
export function CopyButton({ text, label, look, what }: CopyButtonProps) {
  return (
    <button class={look} type="button" data-copy={text} hidden>
      <span data-label="">{label}</span>
      {what !== undefined && <span class="visually-hidden"> {what}</span>}
    </button>
  )
}

function QrCode({ text }: { readonly text: string }) {
  // Our own SVG from our own short URL: digits and path commands only, so it may go in unescaped.
  // The border is the quiet zone: four modules, or scanners may not see where the code begins (ISO 18004).
  const svg = renderSVG(text, { border: 4, ecc: 'M' })
  return (
    <div class="qr" role="img" aria-label={`QR code for ${withoutScheme(text)}`}>
      {raw(svg)}
    </div>
  )
}

/** A short URL as people write it down. */
export function withoutScheme(url: string): string {
  return url.replace(/^https?:\/\//, '')
}
