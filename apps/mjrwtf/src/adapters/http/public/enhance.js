// Enhances pages that work without it: copy, download and print buttons, password reveal, reloads without a second POST,
// local times, and notification of ended sessions.

document.documentElement.classList.add('scripted')

// Without this, a reload of the response to a POST would create the link twice.
if (document.body.dataset.afterPost !== undefined) {
  history.replaceState(null, '', document.body.dataset.afterPost)
}

for (const button of document.querySelectorAll('button[data-copy]')) {
  if (navigator.clipboard === undefined) continue
  button.hidden = false
  button.addEventListener('click', () => copy(button))
}

for (const button of document.querySelectorAll('button[data-download]')) {
  button.hidden = false
  button.addEventListener('click', () => download(button.dataset))
}

for (const button of document.querySelectorAll('button[data-print]')) {
  button.hidden = false
  button.addEventListener('click', () => print())
}

// A browser may keep the page, and show it again when the user goes back.
for (const secret of document.querySelectorAll('[data-shown-once]')) {
  addEventListener('pagehide', () => secret.remove())
}

for (const button of document.querySelectorAll('button[data-reveal]')) {
  button.hidden = false
  button.addEventListener('click', () => reveal(button))
  // A browser may remember a password that is submitted as text.
  button.form.addEventListener('submit', () => mask(button))
}

// The first submission rotates the session secret. A second one with the old secret would look like theft.
for (const form of document.querySelectorAll('form[data-once]')) {
  form.addEventListener('submit', (event) => sendOnce(event, form))
}

for (const button of document.querySelectorAll('button[data-select-all]')) {
  button.hidden = false
  button.addEventListener('click', () => selectAll(button.form))
}

// A change of many links is carried out in steps.
for (const form of document.querySelectorAll('form[data-continue]')) form.requestSubmit()

for (const offer of document.querySelectorAll('[data-own-zone]')) offerOwnZone(offer)

for (const time of document.querySelectorAll('time[data-local]')) showLocalTime(time)

if (document.body.dataset.detectZone !== undefined) {
  void reportZone(document.body.dataset.detectZone)
}

for (const input of document.querySelectorAll('input[data-instant]')) useLocalTime(input)

for (const sessionAlert of document.querySelectorAll('[data-session-events]'))
  watchSession(sessionAlert)

for (const section of document.querySelectorAll('[data-refresh]')) void refresh(section)

for (const hint of document.querySelectorAll('[data-new-clicks]')) void watchClicks(hint)

/** Shows how many clicks there are since the page was opened. Asks while it is visible, for an hour at most. */
async function watchClicks(hint) {
  const { newClicks: address, clicks } = hint.dataset
  for (let asked = 0; asked < 240; asked += 1) {
    await new Promise((resolve) => setTimeout(resolve, 15_000))
    if (document.hidden) continue
    const response = await fetch(address, { redirect: 'manual' }).catch(() => null)
    if (response === null || response.status >= 500) continue
    if (!response.ok) return
    const added = Number(await response.text()) - Number(clicks)
    const text = added === 1 ? '1 new click.' : `${added} new clicks.`
    hint.querySelector('[data-text]').textContent = text
    hint.hidden = added <= 0
  }
}

/** Selects all links of the page, or none if all are. */
function selectAll(form) {
  const boxes = [...document.querySelectorAll(`input[name="selected"][form="${form.id}"]`)]
  const isSelected = boxes.every((box) => box.checked)
  for (const box of boxes) box.checked = !isSelected
  announce(isSelected ? 'No links selected' : `${boxes.length} links selected`)
}

/** Shows progress until there is none, then the page with the result. */
async function refresh(section) {
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const response = await fetch(section.dataset.refresh).catch(() => null)
  const text = response?.ok ? await response.text() : null
  const page = text === null ? null : new DOMParser().parseFromString(text, 'text/html')
  const next = page?.querySelector('[data-refresh]')
  if (page !== null && next === null) return location.reload()
  // A button that has the focus keeps it.
  if (next && !section.contains(document.activeElement)) section.innerHTML = next.innerHTML
  else if (next)
    section.querySelector('progress')?.replaceWith(next.querySelector('progress') ?? '')
  void refresh(section)
}

async function copy(button) {
  const label = button.querySelector('[data-label]')
  const before = label.textContent
  try {
    await navigator.clipboard.writeText(button.dataset.copy)
    label.textContent = 'Copied'
    announce(button.dataset.copied ?? `Copied ${button.dataset.copy}`)
  } catch {
    label.textContent = 'Copy failed'
    announce('Copy failed')
  }
  setTimeout(() => {
    label.textContent = before
  }, 2000)
}

function download({ download: text, fileName }) {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = fileName
  link.click()
  // The browser reads the file after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

function sendOnce(event, form) {
  if (form.dataset.sent === 'true') event.preventDefault()
  form.dataset.sent = 'true'
  // After navigating back to the page, the form can be submitted again.
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

/** The browser's time zone, or null if it is UTC or unknown. */
function localZone() {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  return !timeZone || /^(Etc\/)?(UTC|Unknown)$/.test(timeZone) ? null : timeZone
}

/** Stores the time zone in the account, once: the server shows times in it from the next page on. */
async function reportZone(path) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const csrfToken = document.querySelector('input[name=csrf_token]')?.value
  if (!timeZone || csrfToken === undefined) return
  const body = new URLSearchParams({ csrf_token: csrfToken, time_zone: timeZone })
  try {
    await fetch(path, { method: 'POST', body, keepalive: true })
  } catch {
    // The next page tries again.
  }
}

function offerOwnZone(offer) {
  const timeZone = localZone()
  if (timeZone === null) return
  const url = new URL(location.href)
  url.searchParams.set('zone', timeZone)
  const link = offer.querySelector('a')
  link.href = url.href
  link.textContent = `Use my time zone (${timeZone.replaceAll('_', ' ')})`
  offer.hidden = false
}

/** Replaces a time in UTC with the same instant in the browser's language and time zone. */
function showLocalTime(time) {
  if (localZone() === null) return
  const timeStyle = { minute: 'short', second: 'medium' }[time.dataset.local]
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle })
  time.title = time.textContent
  time.lang = format.resolvedOptions().locale
  time.textContent = format.format(new Date(time.dateTime))
}

/** Lets a user whose time zone the account does not have enter the local time of the browser. */
function useLocalTime(input) {
  const timeZone = localZone()
  if (timeZone === null) return
  const description = input.getAttribute('aria-describedby').split(' ').at(-1)
  const zoneName = document.getElementById(description).querySelector('[data-zone-name]')
  zoneName.textContent = 'local time'
  zoneName.title = timeZone.replaceAll('_', ' ')
  // A value other than the default was restored by the browser, and is local time already.
  const isRestored = input.value !== input.defaultValue
  if (input.dataset.instant !== '' && !isRestored) {
    const date = new Date(input.dataset.instant)
    input.defaultValue = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
      .toISOString()
      .slice(0, 16)
  }
  input.form.addEventListener('formdata', ({ formData }) => {
    if (input.value !== '') formData.set(input.name, new Date(input.value).toISOString())
  })
}

// Connects only while the page is visible, because a browser has few connections per server. A broken connection is
// opened again only after user activity, so that unattended pages do not all reconnect when a server restarts.
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
  // The next page checks the session itself. Until then, signing out must not show the alert.
  for (const type of ['submit', 'pagehide']) addEventListener(type, stop)
  start()
}

function announce(message) {
  document.getElementById('announcements').textContent = message
}
