// Lets the browser create or use a passkey, and submits its response with the form of the page.

const isSupported = window.PublicKeyCredential !== undefined
for (const text of document.querySelectorAll('[data-with-passkeys]')) text.hidden = !isSupported
for (const text of document.querySelectorAll('[data-without-passkeys]')) text.hidden = isSupported
for (const form of document.querySelectorAll('form[data-passkey]')) if (isSupported) enable(form)

function enable(form) {
  const options = JSON.parse(form.dataset.options)
  const field = form.elements.passkey_response
  const isCreation = form.dataset.passkey === 'create'
  /** Stops the ceremony in progress: a browser runs one at a time. */
  let current = null

  async function run(mediation) {
    current?.abort()
    const ceremony = new AbortController()
    current = ceremony
    show('')
    try {
      const { signal } = ceremony
      const credential = isCreation
        ? await navigator.credentials.create({ publicKey: creationOptions(options), signal })
        : await navigator.credentials.get({
            publicKey: requestOptions(options),
            signal,
            ...(mediation === undefined ? {} : { mediation }),
          })
      send(credential)
    } catch (error) {
      // The visitor did not start the offer in the field, so its end is no news.
      if (current === ceremony && mediation === undefined) show(explain(error, isCreation))
    }
  }

  function send(credential) {
    field.value = JSON.stringify(toJson(credential))
    copyRemember(form)
    form.requestSubmit()
  }

  function show(message) {
    form.querySelector('[data-passkey-problem]').textContent = message
  }

  form.hidden = false
  form.addEventListener('submit', (event) => {
    if (field.value !== '') return
    event.preventDefault()
    void run()
  })
  // After navigating back to the page, the form does not send the used response again.
  addEventListener('pageshow', () => {
    field.value = ''
  })
  if (form.dataset.autofill !== undefined) void offerInField(run)
}

async function offerInField(run) {
  const isAvailable = await PublicKeyCredential.isConditionalMediationAvailable?.()
  if (isAvailable === true) await run('conditional')
}

/** The box "Stay signed in" belongs to the form with the password. */
function copyRemember(form) {
  const box = document.querySelector('input[type="checkbox"][name="remember_me"]')
  if (box === null || box.form === form) return
  // Of an earlier use: the browser restores the page when the visitor navigates back.
  form.querySelector(`input[name="${box.name}"]`)?.remove()
  if (!box.checked) return
  const field = document.createElement('input')
  field.type = 'hidden'
  field.name = box.name
  field.value = box.value
  form.append(field)
}

/** What happened, and what the visitor can do. The names are those of WebAuthn. */
function explain({ name }, isCreation) {
  if (name === 'NotAllowedError' || name === 'AbortError') {
    return isCreation
      ? 'No passkey was created: it was canceled or took too long. Try again.'
      : 'No passkey was used: it was canceled or took too long. Try again.'
  }
  if (name === 'InvalidStateError' && isCreation) {
    return 'This device or password manager already has a passkey for your account.'
  }
  if (name === 'SecurityError') return 'Passkeys do not work at this web address.'
  if (name === 'NotSupportedError' || name === 'ConstraintError') {
    return 'This device or security key does not support passkeys.'
  }
  return 'The passkey did not work. Try again.'
}

function creationOptions(options) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON !== undefined) {
    return PublicKeyCredential.parseCreationOptionsFromJSON(options)
  }
  return {
    ...options,
    challenge: toBytes(options.challenge),
    user: { ...options.user, id: toBytes(options.user.id) },
    excludeCredentials: options.excludeCredentials.map(toDescriptor),
  }
}

function requestOptions(options) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON !== undefined) {
    return PublicKeyCredential.parseRequestOptionsFromJSON(options)
  }
  return {
    ...options,
    challenge: toBytes(options.challenge),
    allowCredentials: options.allowCredentials.map(toDescriptor),
  }
}

function toDescriptor(descriptor) {
  return { ...descriptor, id: toBytes(descriptor.id) }
}

/** Some password managers replace the browser's object with one that has no `toJSON`, or one that fails. */
function toJson(credential) {
  try {
    return credential.toJSON()
  } catch {
    const { id, type, response } = credential
    return { ...toFields(credential, ['rawId']), id, type, response: toResponse(response) }
  }
}

function toResponse(response) {
  const names = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature']
  return {
    ...toFields(response, [...names, 'userHandle']),
    ...(response.getTransports === undefined ? {} : { transports: response.getTransports() }),
  }
}

/** The fields with bytes that the object has, as base64url. */
function toFields(object, names) {
  const present = names.filter((name) => object[name] instanceof ArrayBuffer)
  return Object.fromEntries(present.map((name) => [name, toText(object[name])]))
}

function toText(buffer) {
  const characters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte))
  return btoa(characters.join('')).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function toBytes(text) {
  const base64 = text.replaceAll('-', '+').replaceAll('_', '/')
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}
