import type { KeptLetter } from '../../../application/ports/kept-letters.ts'
import { minuteText, timeText } from './dates.ts'
import type { Frame } from './frame.ts'
import { Layout } from './layout.tsx'

interface LettersPageProps {
  readonly frame: Frame
  /** Newest first. */
  readonly letters: readonly KeptLetter[]
}

/** Every letter that would have been sent. */
export function LettersPage({ frame, letters }: LettersPageProps) {
  return (
    <Layout frame={frame} title="Emails">
      <div class="stack">
        <h1>Emails</h1>
        <p class="lead">
          None of these was sent: <code>SMTP_URL</code> is not set, so they are kept here, on this
          machine, until the program ends.
        </p>
        {letters.length === 0 ? <NoLetters /> : <Letters letters={letters} />}
      </div>
    </Layout>
  )
}

function NoLetters() {
  return (
    <div class="empty">
      <h2>No emails yet</h2>
      <p>Make an account or change a password, and look again.</p>
    </div>
  )
}

function Letters({ letters }: Pick<LettersPageProps, 'letters'>) {
  return (
    <table class="events">
      <caption class="visually-hidden">Emails, newest first</caption>
      <thead>
        <tr>
          <th scope="col">Subject</th>
          <th scope="col">To</th>
          <th scope="col">When</th>
        </tr>
      </thead>
      <tbody>
        {letters.map((letter) => (
          <tr>
            <th scope="row" class="wide">
              <a href={`/dev/mail/${letter.number}`}>{letter.subject}</a>
            </th>
            <td data-label="To">{letter.to}</td>
            <td data-label="When">
              <time datetime={new Date(letter.at).toISOString()}>{timeText(letter.at)}</time>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface LetterPageProps {
  readonly frame: Frame
  readonly letter: KeptLetter
}

/** One letter as text, with its links to be followed. */
export function LetterPage({ frame, letter }: LetterPageProps) {
  return (
    <Layout frame={frame} title={letter.subject}>
      <div class="stack">
        <p class="back">
          <a href="/dev/mail">All emails</a>
        </p>
        <h1>{letter.subject}</h1>
        <p class="hint">
          To {letter.to}, {minuteText(letter.at)}
        </p>
        <div class="card letter">{withLinks(letter.text)}</div>
        <p>
          <a class="button second" href={`/dev/mail/${letter.number}/html`}>
            See it as HTML
          </a>
        </p>
      </div>
    </Layout>
  )
}

/** The text in pieces, every address among them a link. */
function withLinks(text: string) {
  return text
    .split(/(https?:\/\/\S+)/)
    .map((piece, index) => (index % 2 === 0 ? piece : <a href={piece}>{piece}</a>))
}
