/**
 * Converts the fields of a form that other code has parsed: of an object its text and lists of text.
 * Other values, such as files, stay with that code. Never reads inherited properties, so that a
 * polluted prototype adds no field.
 */
export function toFormData(form: object): FormData {
  if (isFormData(form)) return form
  const fields = new FormData()
  for (const [name, value] of entriesOf(form)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (typeof each === 'string') fields.append(name, each)
    }
  }
  return fields
}

function entriesOf(form: object): readonly (readonly [string, unknown])[] {
  if (isSearchParams(form)) return [...form]
  // Not a form: the bytes or the list of another parser.
  return Array.isArray(form) || ArrayBuffer.isView(form) ? [] : Object.entries(form)
}

/** By its tag: a framework or a test runner may bring a class of its own. */
function isFormData(form: object): form is FormData {
  return tagOf(form) === '[object FormData]'
}

function isSearchParams(form: object): form is URLSearchParams {
  return tagOf(form) === '[object URLSearchParams]'
}

function tagOf(form: object): string {
  return Object.prototype.toString.call(form)
}
