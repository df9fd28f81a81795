// Improves pages that already work without it: copy buttons, revealed passwords, reloads without a second POST, one's own time
// zone, and word of a session that has ended.

document.documentElement.classList.add('scripted')

// A reload of the page that answered a POST would make the link twice.
if (document.body.dataset.afterPost === 'true') {
  history.replaceState(null, '', location.pathname)
}

for (const button of document.querySelectorAll('button[data-copy]')) {
  if (navigator.clipboard === undefined) continue
  button.hidden = false
  button.addEventListener('click', () => copy(button))
}

for (const button of document.querySelectorAll('button[data-reveal]')) {
  button.hidden = false
  button.addEventListener('click', () => reveal(button))
  // What is sent as shown text, a browser may remember as one.
  button.form.addEventListener('submit', () => mask(button))
}

// The first one gives the session a new secret, behind which the second would look like a theft.
for (const form of document.querySelectorAll('form[data-once]')) {
  form.addEventListener('submit', (event) => sendOnce(event, form))
}

for (const offer of document.querySelectorAll('[data-own-zone]')) offerOwnZone(offer)

for (const sessionAlert of document.querySelectorAll('[data-session-events]'))
  watchSession(sessionAlert)

async function copy(button) {
  const label = button.querySelector('[data-label]')
  const before = label.textContent
  try {
    await navigator.clipboard.writeText(button.dataset.copy)
    label.textContent = 'Copied'
    announce(`Copied ${button.dataset.copy}`)
  } catch {
    label.textContent = 'Not copied'
    announce('Copying is not allowed here')
  }
  setTimeout(() => {
    label.textContent = before
  }, 2000)
}

function sendOnce(event, form) {
  if (form.dataset.sent === 'true') event.preventDefault()
  form.dataset.sent = 'true'
  // Whoever comes back to the page may send it again.
  window.addEventListener('pagehide', () => delete form.dataset.sent, { once: true })
}

function reveal(button) {
  const field = document.getElementById(button.dataset.reveal)
  const isShown = field.type === 'text'
  if (isShown) return mask(button)
  field.type = 'text'
  button.setAttribute('aria-pressed', 'true')
}

function mask(button) {
  document.getElementById(button.dataset.reveal).type = 'password'
  button.setAttribute('aria-pressed', 'false')
}

function offerOwnZone(offer) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  if (!timeZone || /^(Etc\/)?(UTC|Unknown)$/.test(timeZone)) return
  const url = new URL(location.href)
  url.searchParams.set('zone', timeZone)
  const link = offer.querySelector('a')
  link.href = url.href
  link.textContent = `Show the days of ${timeZone.replaceAll('_', ' ')} instead`
  offer.hidden = false
}

// Waits only while somebody looks: a browser has few connections to one server. One that breaks is not tried again until
// somebody does something: pages that nobody looks after would all come back at once when a server starts anew.
function watchSession(sessionAlert) {
  const pause = 5_000
  let source = null
  let triedAt = Number.NEGATIVE_INFINITY
  let timer
  let hasEnded = false

  function start() {
    clearTimeout(timer)
    if (source !== null || hasEnded || document.hidden) return
    const wait = triedAt + pause - performance.now()
    if (wait > 0) {
      timer = setTimeout(start, wait)
      return
    }
    triedAt = performance.now()
    source = new EventSource(sessionAlert.dataset.sessionEvents)
    source.addEventListener('ended', end)
    source.addEventListener('error', stop)
  }

  function stop() {
    clearTimeout(timer)
    source?.close()
    source = null
  }

  function end({ data }) {
    stop()
    hasEnded = true
    const next = encodeURIComponent(location.pathname + location.search)
    sessionAlert.querySelector('a').href = `/login?next=${next}`
    sessionAlert.hidden = false
    sessionAlert.querySelector('[data-reason]').textContent = JSON.parse(data).message
  }

  document.addEventListener('visibilitychange', () => (document.hidden ? stop() : start()))
  for (const type of ['focus', 'pageshow', 'pointerdown', 'keydown']) addEventListener(type, start)
  // The next page will see for itself; until then, signing out must not look like an accident.
  for (const type of ['submit', 'pagehide']) addEventListener(type, stop)
  start()
}

function announce(message) {
  document.getElementById('announcements').textContent = message
}
