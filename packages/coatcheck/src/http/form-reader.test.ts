import { describe, expect, it } from 'vitest'
import { createFormLimits, readForm } from './form-reader.ts'
import { fromFetchRequest } from './incoming-request.ts'

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
})
