// Keyboard shortcuts of pages with a `Shortcuts` dialog. An element with `data-shortcut` is used by that key: a field is
// focused, anything else clicked. One inside an item of a list is used only while the focus is in its item.

const dialog = document.getElementById('shortcuts')
const choice = dialog.querySelector('[data-shortcuts-on]')
// A cookie, because signing out clears the storage of the site.
const isOff = () => document.cookie.split('; ').includes('shortcuts=off')

choice.checked = !isOff()
choice.addEventListener('change', () => {
  const value = choice.checked ? 'on; Max-Age=0' : 'off; Max-Age=31536000'
  // biome-ignore lint/suspicious/noDocumentCookie: other browsers have no CookieStore.
  document.cookie = `shortcuts=${value}; Path=/; SameSite=Strict`
})

const opener = document.querySelector('[data-shortcuts-open]')
opener.hidden = false
opener.addEventListener('click', () => dialog.showModal())
dialog.querySelector('[data-shortcuts-close]').addEventListener('click', () => dialog.close())

addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat) return
  if (event.ctrlKey || event.metaKey || event.altKey) return
  if (isOff() || dialog.open || isTyping(event.target)) return
  if (use(event.key)) event.preventDefault()
})

/** Whether the key belongs to the element: a field, a list of options, an open menu. */
function isTyping(target) {
  const isChoice = target.matches?.('input[type="checkbox"], input[type="radio"]')
  return !isChoice && target.closest?.('input, textarea, select, [contenteditable]') !== null
}

/** Returns whether the page has something for the key. */
function use(key) {
  if (key === '?') dialog.showModal()
  else if (key === 'j' || key === 'k') return move(key === 'j' ? 1 : -1)
  else return useElement(key)
  return true
}

function useElement(key) {
  const item = document.activeElement.closest('[data-item]')
  const candidates = document.querySelectorAll(`[data-shortcut="${CSS.escape(key)}"]`)
  const found = [...candidates].find((element) => {
    const own = element.closest('[data-item]')
    return !element.hidden && (own === null || own === item)
  })
  if (found === undefined) return false
  if (found.matches('input[type="search"]')) found.focus()
  else found.click()
  return true
}

/** Moves the focus to the next or previous item of the list. */
function move(step) {
  const items = [...document.querySelectorAll('[data-item]')]
  const current = items.indexOf(document.activeElement.closest('[data-item]'))
  const next = items[current === -1 && step === -1 ? -1 : current + step]
  next?.querySelector('h2 a').focus()
  return items.length > 0
}
