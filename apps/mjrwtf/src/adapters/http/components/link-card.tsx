import { Destination, type ShownLink } from './destination.tsx'
import { QrCode } from './qr-code.tsx'

interface LinkCardProps {
  readonly shortUrl: string
  readonly link: ShownLink
  /** Label of the copy button. `null` shows the card without links and buttons. */
  readonly copyLabel: string | null
}

/** A link as a card: the short URL on the left, its QR code on the right. */
export function LinkCard({ shortUrl, link, copyLabel }: LinkCardProps) {
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
        <div class="destination">
          Destination: <Destination link={link} />
        </div>
        {copyLabel !== null && (
          <p>
            <CopyButton text={shortUrl} label={copyLabel} variant="button" />
          </p>
        )}
      </div>
      <div class="link-card-code">
        <QrCode text={new URL(shortUrl).href} label={`QR code for ${withoutScheme(shortUrl)}`} />
      </div>
    </div>
  )
}

interface CopyButtonProps {
  readonly text: string
  readonly label: string
  readonly variant: 'button' | 'plain' | 'button secondary small'
  /** What is copied, if the label does not say it. Read by screen readers only. */
  readonly subject?: string
  /** What screen readers announce after copying. Default: the text. */
  readonly announcement?: string
}

/** Hidden until the script shows it, because copying needs the script. */
export function CopyButton({ text, label, variant, subject, announcement }: CopyButtonProps) {
  return (
    <button
      class={variant}
      type="button"
      data-copy={text}
      data-copied={announcement}
      data-shortcut="c"
      hidden
    >
      <span data-label="">{label}</span>
      {subject !== undefined && <span class="visually-hidden"> {subject}</span>}
    </button>
  )
}

/** The URL without `https://`. */
export function withoutScheme(url: string): string {
  return url.replace(/^https?:\/\//, '')
}
