import { describe, expect, it } from 'vitest'
import { fromFetchRequest } from '../incoming-request.ts'
import { createFormLimits, readForm } from './form-reader.ts'

const urlencoded = { 'Content-Type': 'application/x-www-form-urlencoded' }

function read(init: RequestInit) {
  const request = new Request('https://mjr.example/', init)
  return readForm(fromFetchRequest(request, null), createFormLimits())
}

describe('readForm', () => {
  it('returns no fields for a form without a body', async () => {
    for (const init of [{}, { body: '' }]) {
      const result = await read({ method: 'POST', headers: urlencoded, ...init })
      expect(result.status === 'form' && [...result.fields]).toEqual([])
    }
  })

  it('returns no form for another media type and for GET', async () => {
    expect(await read({ method: 'POST', body: 'a=1' })).toEqual({ status: 'none' })
    expect(await read({ method: 'GET', headers: urlencoded })).toEqual({ status: 'none' })
  })

  it.each([
    ['plain', '----WebKitFormBoundary7MA', '----WebKitFormBoundary7MA', 'form_too_large'],
    ['quoted', '"a b"; charset=utf-8', 'a b', 'form_too_large'],
    [
      'in quotes of another parameter',
      '"; boundary=fake"; boundary=real',
      'real',
      'malformed_form',
    ],
    ['escaped', '"re\\al"', 'real', 'malformed_form'],
    ['not closed', '"real', 'real', 'malformed_form'],
    ['sent twice', 'fake; boundary=real', 'real', 'malformed_form'],
  ] as const)('limits the fields of a multipart form whose boundary is %s', async (...each) => {
    const [, text, boundary, reason] = each
    const name = text.startsWith('"; ') ? 'other' : 'boundary'
    const part = `--${boundary}\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n`
    const body = `${part.repeat(300)}--${boundary}--\r\n`
    const headers = { 'Content-Type': `multipart/form-data; ${name}=${text}` }
    expect(await read({ method: 'POST', headers, body })).toMatchObject({ reason })
  })
})
