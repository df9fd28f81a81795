import type { Child } from 'hono/jsx'
import type { PasskeyOffer } from '../../../application/passkeys/passkeys.ts'
import { CsrfField } from './fields.tsx'
import type { Frame } from './frame.ts'

interface PasskeyFormProps {
  readonly frame: Frame
  readonly offer: PasskeyOffer
  /** Path that receives `passkey_challenge` and `passkey_response`. */
  readonly action: string
  /** Whether the form creates a passkey, or uses one. */
  readonly ceremony: 'create' | 'get'
  /** Text of the button. */
  readonly label: string
  /** Whether the browser may also offer passkeys in a field with `autocomplete="… webauthn"`. Default: no. */
  readonly hasAutofill?: boolean
  /** Whether the button is the main one of the page. Default: no. */
  readonly isMain?: boolean
  /** Path of the link "Cancel". Default: no link. */
  readonly cancelPath?: string
  /** Other fields of the form. */
  readonly children?: Child
}

/**
 * A form that a passkey fills and submits. Hidden without JavaScript and in browsers without passkeys, so the page needs
 * another way.
 */
export function PasskeyForm(props: PasskeyFormProps) {
  const { frame, offer, action, ceremony, label, hasAutofill = false, isMain = false } = props
  return (
    <form
      class="passkey-form"
      method="post"
      action={action}
      data-passkey={ceremony}
      data-options={offer.options}
      data-autofill={hasAutofill ? '' : undefined}
      hidden
    >
      <CsrfField token={frame.csrfToken} />
      <input type="hidden" name="passkey_challenge" value={offer.challengeToken} />
      <input type="hidden" name="passkey_response" />
      {props.children}
      <div class="actions">
        <button class={isMain ? 'button' : 'button secondary'} type="submit">
          <PasskeyIcon />
          {label}
        </button>
        {props.cancelPath !== undefined && <a href={props.cancelPath}>Cancel</a>}
      </div>
      <p class="problem" role="alert" data-passkey-problem=""></p>
      <script nonce={frame.nonce} src={frame.assets.passkeys} defer></script>
    </form>
  )
}

/** Shown instead of the form where it is hidden, on a page that offers other ways to confirm the user. */
export function WithoutPasskeys() {
  return (
    <>
      <p data-without-passkeys="" hidden>
        This browser does not support passkeys. Use another way below.
      </p>
      <noscript>
        <p>Passkeys need JavaScript. Use another way below.</p>
      </noscript>
    </>
  )
}

function PasskeyIcon() {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <g fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round">
        <circle cx="9" cy="7.5" r="4" />
        <path d="M2.5 20a6.5 6.5 0 0 1 10.2-5.3" />
        <circle cx="18" cy="12.5" r="2.75" />
        <path d="M18 15.25V21m0-1.5h2.25" />
      </g>
    </svg>
  )
}
