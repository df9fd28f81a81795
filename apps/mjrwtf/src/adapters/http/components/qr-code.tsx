import { raw } from 'hono/html'
import { renderSVG } from 'uqr'

interface QrCodeProps {
  readonly text: string
  /** For screen readers. */
  readonly label: string
}

export function QrCode({ text, label }: QrCodeProps) {
  // Not escaped: the SVG is generated here and contains only digits and path commands, whatever the text is.
  // The border is the quiet zone. Scanners need four modules to find the code (ISO 18004).
  const svg = renderSVG(text, { border: 4, ecc: 'M' })
  return (
    <div class="qr" role="img" aria-label={label}>
      {raw(svg)}
    </div>
  )
}
