import type { Child } from 'hono/jsx'

interface SecurityRowProps {
  readonly name: string
  /** The state, as a short text. */
  readonly state: string
  readonly link: {
    readonly href: string
    readonly label: string
    /** Completes the label for screen readers, because the label repeats. */
    readonly of: string
  }
  readonly children?: Child
}

/** One aspect of the account's security: its state, and the page that manages it. */
export function SecurityRow({ name, state, link, children }: SecurityRowProps) {
  return (
    <li class="security-row">
      <div>
        <h3>{name}</h3>
        <p>{state}</p>
        {children}
      </div>
      <a class="button secondary small" href={link.href}>
        {link.label}
        <span class="visually-hidden"> {link.of}</span>
      </a>
    </li>
  )
}
