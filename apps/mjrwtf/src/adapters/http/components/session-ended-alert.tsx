/** What an open page shows when its session has ended; the script fills it in and lets it be seen. */
export function SessionEndedAlert() {
  return (
    <div class="session-ended" role="alert" data-session-events="/session/events" hidden>
      <p>
        <strong data-reason></strong> What you have typed here is kept while this page stays open.
      </p>
      <a class="button small" href="/login" target="_blank" rel="noopener">
        Sign in again<span class="visually-hidden"> (opens a new tab)</span>
      </a>
    </div>
  )
}
