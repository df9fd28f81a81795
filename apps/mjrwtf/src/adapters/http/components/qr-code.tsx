import { raw } from 'hono/html'
import { defaultQrMargin, encodeQr, toSvg } from './qr-image.ts'

interface QrCodeProps {
  readonly text: string
  /** For screen readers. */
  readonly label: string
}

export function QrCode({ text, label }: QrCodeProps) {
  // Not escaped: the SVG is generated here and contains only digits and path commands, whatever the text is.
  const svg = toSvg(encodeQr(text, defaultQrMargin), null)
  return (
    <div class="qr" role="img" aria-label={label}>
      {raw(svg)}
    </div>
  )
}
