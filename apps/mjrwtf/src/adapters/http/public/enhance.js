// Improves pages that already work without it: copy buttons, revealed passwords, reloads without a second POST, one's own time zone.

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
}

// The first one gives the session a new secret, behind which the second would look like a theft.
for (const form of document.querySelectorAll('form[data-once]')) {
  form.addEventListener('submit', (event) => sendOnce(event, form))
}

for (const offer of document.querySelectorAll('[data-own-zone]')) offerOwnZone(offer)

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
  const shown = field.type === 'text'
  field.type = shown ? 'password' : 'text'
  button.setAttribute('aria-pressed', String(!shown))
}

function offerOwnZone(offer) {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  if (!timeZone || /^(Etc\/)?(UTC|Unknown)$/.test(timeZone)) return
  const address = new URL(location.href)
  address.searchParams.set('zone', timeZone)
  const link = offer.querySelector('a')
  link.href = address.href
  link.textContent = `Show the days of ${timeZone.replaceAll('_', ' ')} instead`
  offer.hidden = false
}

function announce(message) {
  document.getElementById('announcements').textContent = message
}
