import type { z } from 'zod'
import { createBody, patchBody } from './bodies.ts'

/** One way to call the API. */
export interface Operation {
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  readonly path: string
  readonly summary: string
  readonly parameters: readonly Parameter[]
  readonly body?: z.ZodType
  /** Only a session will do: a bearer token has none. Default: either. */
  readonly needsSession?: true
  readonly success: { readonly status: number; readonly schema: string | null }
  /** Statuses of failures, besides 429 and 503, which any call may meet. */
  readonly failures: readonly number[]
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly description: string
}

const code: Parameter = { name: 'code', in: 'path', description: 'The short code.' }
const paging: readonly Parameter[] = [
  { name: 'limit', in: 'query', description: '1 to 100; 20 when left out.' },
  { name: 'offset', in: 'query', description: 'How many to skip; 0 when left out.' },
  { name: 'q', in: 'query', description: 'Text to find in codes and destinations.' },
]
const range: readonly Parameter[] = [
  { name: 'start_time', in: 'query', description: 'RFC 3339; inside the range. With end_time.' },
  { name: 'end_time', in: 'query', description: 'RFC 3339; after the range. With start_time.' },
]

/** Every call there is, in the order in which somebody would try them. */
export const operations: readonly Operation[] = [
  {
    method: 'post',
    path: '/api/urls',
    summary: 'Shorten a link',
    parameters: [],
    body: createBody,
    success: { status: 201, schema: 'NewLink' },
    failures: [400, 401, 403, 409, 413, 415],
  },
  {
    method: 'get',
    path: '/api/urls',
    summary: 'List your links',
    parameters: paging,
    success: { status: 200, schema: 'Links' },
    failures: [400, 401],
  },
  {
    method: 'get',
    path: '/api/urls/{code}',
    summary: 'Show a link',
    parameters: [code],
    success: { status: 200, schema: 'Link' },
    failures: [401, 404],
  },
  {
    method: 'patch',
    path: '/api/urls/{code}',
    summary: 'Change a link',
    parameters: [code],
    body: patchBody,
    success: { status: 200, schema: 'Link' },
    failures: [400, 401, 403, 404, 413, 415],
  },
  {
    method: 'delete',
    path: '/api/urls/{code}',
    summary: 'Delete a link',
    parameters: [code],
    success: { status: 204, schema: null },
    failures: [401, 403, 404],
  },
  {
    method: 'get',
    path: '/api/urls/{code}/analytics',
    summary: 'Count its clicks',
    parameters: [code, ...range],
    success: { status: 200, schema: 'Analytics' },
    failures: [400, 401, 404],
  },
  {
    method: 'get',
    path: '/api/session',
    summary: 'Show your session',
    parameters: [],
    needsSession: true,
    success: { status: 200, schema: 'Session' },
    failures: [401],
  },
  {
    method: 'get',
    path: '/api/sessions',
    summary: 'List where you are signed in',
    parameters: [],
    needsSession: true,
    success: { status: 200, schema: 'Sessions' },
    failures: [401],
  },
  {
    method: 'delete',
    path: '/api/sessions/{id}',
    summary: 'Sign a device out',
    parameters: [{ name: 'id', in: 'path', description: 'Id of one of your sessions.' }],
    needsSession: true,
    success: { status: 204, schema: null },
    failures: [401, 403, 404, 415],
  },
]
