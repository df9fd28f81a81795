import type { z } from 'zod'
import type { Scope } from '../../../domain/scope.ts'
import { addCodeBody, createLinkBody, editLinkBody } from '../links/link-json.ts'

/** One operation of the API. */
export interface Operation {
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  readonly path: string
  readonly summary: string
  readonly parameters: readonly Parameter[]
  readonly body?: z.ZodType
  /** The scope that a token needs, or `null` if the operation accepts the session cookie only: the user must be present. */
  readonly scope: Scope | null
  readonly success: { readonly status: number; readonly schema: string | null }
  /** Error statuses, besides 429 and 503, which every operation can return. */
  readonly failures: readonly number[]
}

interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly description: string
}

const code: Parameter = { name: 'code', in: 'path', description: 'The short code.' }
const paging: readonly Parameter[] = [
  { name: 'limit', in: 'query', description: '1 to 100. Default 20.' },
  {
    name: 'cursor',
    in: 'query',
    description: 'The next_cursor of the previous response. It is null after the last link.',
  },
  {
    name: 'offset',
    in: 'query',
    description: 'Number of links to skip, up to 10,000. Default 0. Prefer cursor.',
  },
  {
    name: 'q',
    in: 'query',
    description:
      'Text in titles, codes, destinations, tags or notes. A response can have fewer links than limit: continue with next_cursor.',
  },
  { name: 'tag', in: 'query', description: 'Only links with this tag. Ignores case.' },
  {
    name: 'state',
    in: 'query',
    description:
      'active, scheduled, ended, archived or taken_down. Default: all states but archived.',
  },
  {
    name: 'sort',
    in: 'query',
    description:
      'created, clicks or title; with a minus sign in descending order. Default -created. Keep it when you follow next_cursor.',
  },
]
const range: readonly Parameter[] = [
  { name: 'start_time', in: 'query', description: 'RFC 3339, inclusive. Requires end_time.' },
  { name: 'end_time', in: 'query', description: 'RFC 3339, exclusive. Requires start_time.' },
]

/** All operations, in the order of the documentation. */
export const operations: readonly Operation[] = [
  {
    method: 'post',
    path: '/api/urls',
    summary: 'Create a link',
    scope: 'links:write',
    parameters: [],
    body: createLinkBody,
    success: { status: 201, schema: 'NewLink' },
    failures: [400, 401, 403, 409, 413, 415],
  },
  {
    method: 'get',
    path: '/api/urls',
    summary: 'List your links',
    scope: 'links:read',
    parameters: paging,
    success: { status: 200, schema: 'Links' },
    failures: [400, 401, 403],
  },
  {
    method: 'get',
    path: '/api/urls/{code}',
    summary: 'Get a link',
    scope: 'links:read',
    parameters: [code],
    success: { status: 200, schema: 'Link' },
    failures: [401, 403, 404],
  },
  {
    method: 'patch',
    path: '/api/urls/{code}',
    summary: 'Edit or rename a link',
    scope: 'links:write',
    parameters: [code],
    body: editLinkBody,
    success: { status: 200, schema: 'Link' },
    failures: [400, 401, 403, 404, 409, 413, 415],
  },
  {
    method: 'delete',
    path: '/api/urls/{code}',
    summary: 'Delete a link',
    scope: 'links:write',
    parameters: [code],
    success: { status: 204, schema: null },
    failures: [401, 403, 404],
  },
  {
    method: 'get',
    path: '/api/urls/{code}/codes',
    summary: 'List the codes of a link',
    scope: 'links:read',
    parameters: [code],
    success: { status: 200, schema: 'Codes' },
    failures: [401, 403, 404],
  },
  {
    method: 'post',
    path: '/api/urls/{code}/codes',
    summary: 'Add a code to a link',
    scope: 'links:write',
    parameters: [code],
    body: addCodeBody,
    success: { status: 201, schema: 'Codes' },
    failures: [400, 401, 403, 404, 409, 413, 415],
  },
  {
    method: 'delete',
    path: '/api/urls/{code}/codes/{other}',
    summary: 'Remove a code of a link',
    scope: 'links:write',
    parameters: [
      code,
      { name: 'other', in: 'path', description: 'One of its codes, but not the main one.' },
    ],
    success: { status: 204, schema: null },
    failures: [401, 403, 404],
  },
  {
    method: 'get',
    path: '/api/urls/{code}/analytics',
    summary: 'Get the statistics of a link',
    scope: 'stats:read',
    parameters: [code, ...range],
    success: { status: 200, schema: 'Analytics' },
    failures: [400, 401, 403, 404],
  },
  {
    method: 'get',
    path: '/api/account',
    summary: 'Get your account',
    scope: 'account:read',
    parameters: [],
    success: { status: 200, schema: 'Account' },
    failures: [401, 403],
  },
  {
    method: 'get',
    path: '/api/session',
    summary: 'Get your session',
    parameters: [],
    scope: null,
    success: { status: 200, schema: 'Session' },
    failures: [401],
  },
  {
    method: 'get',
    path: '/api/sessions',
    summary: 'List your sessions',
    parameters: [],
    scope: null,
    success: { status: 200, schema: 'Sessions' },
    failures: [401],
  },
  {
    method: 'delete',
    path: '/api/sessions/{id}',
    summary: 'Sign out a device',
    parameters: [{ name: 'id', in: 'path', description: 'ID of one of your sessions.' }],
    scope: null,
    success: { status: 204, schema: null },
    failures: [401, 403, 404, 415],
  },
]
