import type { Frame } from './frame.ts'

/** A key, and what it does on the page. */
export type Shortcut = readonly [key: string, action: string]

interface ShortcutsProps {
  readonly frame: Frame
  readonly shortcuts: readonly Shortcut[]
}

/**
 * The dialog that explains the keyboard shortcuts of the page, and the button that opens it. Keys without a modifier can be
 * switched off, and do nothing in fields (WCAG 2.2, 2.1.4). Without script there are none.
 */
export function Shortcuts({ frame, shortcuts }: ShortcutsProps) {
  return (
    <>
      <p class="shortcuts-opener">
        <button class="plain" type="button" data-shortcuts-open="" hidden>
          Keyboard shortcuts
        </button>
      </p>
      <dialog id="shortcuts" class="shortcuts" aria-labelledby="shortcuts-title">
        <h2 id="shortcuts-title">Keyboard shortcuts</h2>
        <dl>
          {[...shortcuts, ['?', 'Show the shortcuts'] as const].map(([key, action]) => (
            <div>
              <dt>
                <kbd>{key}</kbd>
              </dt>
              <dd>{action}</dd>
            </div>
          ))}
        </dl>
        <label class="check">
          <input type="checkbox" data-shortcuts-on="" checked />
          <span>Use these shortcuts in this browser</span>
        </label>
        <p class="actions">
          <button class="button secondary" type="button" data-shortcuts-close="">
            Close
          </button>
        </p>
      </dialog>
      <script nonce={frame.nonce} src={frame.assets.shortcuts} defer></script>
    </>
  )
}
