import { raw } from 'hono/html'
import { renderSVG } from 'uqr'

interface LinkCardProps {
  readonly shortUrl: string
  readonly destination: string
  /** What the copy button says; `null` for a ticket that is only looked at. */
  readonly copyLabel: string | null
}

/** One link as a ticket: the short URL to hand out on the left, its QR code on the stub. */
export function LinkCard({ shortUrl, destination, copyLabel }: LinkCardProps) {
  return (
    <div class="link-card">
      <div class="link-card-text">
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
            <CopyButton text={shortUrl} label={copyLabel} variant="button" />
          </p>
        )}
      </div>
      <div class="link-card-code">
        <QrCode text={shortUrl} />
        <span>scan or type</span>
      </div>
    </div>
  )
}

interface CopyButtonProps {
  readonly text: string
  readonly label: string
  readonly variant: 'button' | 'plain'
  /** What is copied, where the label alone does not say. */
  readonly subject?: string
}

/** Hidden until the script shows it: without script there is nothing to copy with. */
export function CopyButton({ text, label, variant, subject }: CopyButtonProps) {
  return (
    <button class={variant} type="button" data-copy={text} hidden>
      <span data-label="">{label}</span>
      {subject !== undefined && <span class="visually-hidden"> {subject}</span>}
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
