import { defaultQrMargin } from '../components/qr-image.ts'
import { linkPath } from '../short-url.ts'

/** Widths in pixels. On paper at 300 dots per inch, which the PNG states. */
const sizes = [
  [256, 'Small, 256 px'],
  [512, 'Screen, 512 px'],
  [1_181, 'Print 10 cm (4 in), 1181 px'],
  [2_362, 'Print 20 cm (8 in), 2362 px'],
  [3_543, 'Print 30 cm (12 in), 3543 px'],
] as const

const margins = [
  [0, 'None'],
  [2, 'Narrow'],
  [defaultQrMargin, 'Standard'],
  [8, 'Wide'],
] as const

/** Downloads the QR code of a link. */
export function QrForm({ shortCode }: { readonly shortCode: string }) {
  return (
    <details class="disclosure">
      <summary>Download QR code</summary>
      <form class="qr-form" method="get" action={linkPath(shortCode, 'qr.png')}>
        <input type="hidden" name="download" value="1" />
        <Choice name="size" label="Size" choices={sizes} selected={512} />
        <Choice name="margin" label="Margin" choices={margins} selected={defaultQrMargin} />
        <div class="actions">
          <button class="button secondary" type="submit">
            PNG
          </button>
          <button class="button secondary" type="submit" formaction={linkPath(shortCode, 'qr.svg')}>
            SVG
          </button>
        </div>
        <p class="hint">SVG stays sharp at any size: choose it for print.</p>
      </form>
    </details>
  )
}

interface ChoiceProps {
  readonly name: string
  readonly label: string
  readonly choices: readonly (readonly [value: number, label: string])[]
  readonly selected: number
}

function Choice({ name, label, choices, selected }: ChoiceProps) {
  return (
    <div class="field">
      <label for={`qr-${name}`}>{label}</label>
      <select id={`qr-${name}`} name={name}>
        {choices.map(([value, text]) => (
          <option value={String(value)} selected={value === selected}>
            {text}
          </option>
        ))}
      </select>
    </div>
  )
}
