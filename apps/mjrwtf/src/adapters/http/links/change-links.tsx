import { isResponse } from 'coatcheck/http'
import type { Hono } from 'hono'
import { z } from 'zod'
import type {
  ChangeLinks,
  ChangeLinksResult,
  LinkChangeState,
} from '../../../application/links/change-links.ts'
import { linkChangeKinds } from '../../../domain/link-change.ts'
import { addAction, type FormContext } from '../forms/form-page.ts'
import { defineForm, formText, readForm } from '../forms/forms.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { limitPage, type ReadContext } from '../middleware/limit-reads.ts'
import { cursorText, parseLinkCursor } from '../responses/cursor.ts'
import { displayFormatOf, frameOf, page } from '../responses/page.ts'
import { notFound, respondWithProblem } from '../responses/problem.tsx'
import { signOutDeletedAccount } from '../responses/redirects.ts'
import { DeletedLinksPage } from './deleted-links-page.tsx'
import { listUrl } from './list-controls.tsx'
import { type ListSelection, listQueryOrDefault, selectionFields, toFilter } from './list-query.ts'
import { tagsPath } from './tags-page.tsx'

export interface ChangeLinksContext extends FormContext, ReadContext {
  readonly changeLinks: ChangeLinks
}

/** Links on a page of deleted ones. */
const deletedPerPage = 20

/** Changes of many links at once, and the deleted ones. */
export function addChangeLinksRoutes(app: Hono<AppEnv>, context: ChangeLinksContext): void {
  const routes = userRoutes(app, context)
  const { changeLinks } = context
  routes.post(
    '/dashboard/change',
    limitPage(context, (c) => submitChange(context, c)),
  )
  for (const [name, run] of [
    ['undo', changeLinks.undo],
    ['continue', changeLinks.proceed],
  ] as const) {
    addAction(routes, context, {
      path: `/dashboard/changes/:id/${name}`,
      async run(c) {
        const own = { ownerId: c.var.user.id, id: c.req.param('id') ?? '' }
        const change = await run(own)
        return change === null
          ? respondWithProblem(context, c, notFound)
          : c.redirect(changeUrl(change.id, selectionOf(change)), 303)
      },
    })
  }
  routes.get(
    '/dashboard/deleted',
    limitPage(context, (c) => showDeleted(context, c)),
  )
}

/** Codes on a page, at most. */
const maxSelected = 100

const selected = z
  .union([z.string(), z.array(z.string()).max(maxSelected, 'Select at most 100 links.')])
  .default([])
  .transform((codes) => (typeof codes === 'string' ? [codes] : codes))

const changeForm = defineForm({
  action: z.enum(linkChangeKinds, 'Choose what to do.'),
  selected,
  scope: z.enum(['all', 'tag']).optional(),
  tag: formText,
  new_tag: formText,
  ...{ q: formText, filter_tag: formText, state: formText, from: formText, to: formText },
  sort: formText,
})

async function submitChange(context: ChangeLinksContext, c: UserRequestContext): Promise<Response> {
  const form = await readForm(context, c, changeForm.schema)
  if (isResponse(form)) return form
  const selection = listQueryOrDefault({ ...textsOf(form), tag: form.filter_tag })
  const result = await context.changeLinks.change({
    ownerId: c.var.user.id,
    kind: form.action,
    tag: form.tag,
    newTag: form.new_tag,
    links: linksOf(c, form, selection),
  })
  return respond(c, result, form.scope === 'tag' ? 'tags' : selection)
}

type ChangeInput = z.output<typeof changeForm.schema>

function linksOf(c: UserRequestContext, { scope, selected }: ChangeInput, list: ListSelection) {
  if (scope === 'tag') return 'tagged'
  if (scope === undefined) return selected
  return { filter: toFilter(list, displayFormatOf(c).timeZone), query: list.query }
}

function textsOf({ q, state, from, to, sort }: ChangeInput) {
  return { q, state, from, to, sort }
}

async function respond(
  c: UserRequestContext,
  result: ChangeLinksResult,
  list: ListSelection | 'tags',
): Promise<Response> {
  if (result.status === 'owner-deleted') return signOutDeletedAccount(c)
  if (result.status === 'changed') return c.redirect(changeUrl(result.id, list), 303)
  await c.var.exchange.flash({ kind: 'error', message: result.message })
  return c.redirect(list === 'tags' ? tagsPath : listUrl(list), 303)
}

/** The list that was changed, with what the change did. */
export function changeUrl(id: string, selection: ListSelection | 'tags' | null): string {
  if (selection === 'tags') return `${tagsPath}?${new URLSearchParams({ change: id })}`
  const fields = selection === null ? {} : selectionFields(selection)
  return `/dashboard?${new URLSearchParams({ ...fields, change: id })}`
}

/** A list that continues to be changed. Its tag is only known in the form in which tags are compared. */
function selectionOf({ selection }: LinkChangeState): ListSelection | 'tags' {
  const { filter, query } = selection
  if (filter.state === 'any') return 'tags'
  const all = listQueryOrDefault({})
  return { ...all, query, tag: filter.tag ?? '', state: filter.state }
}

async function showDeleted(context: ChangeLinksContext, c: UserRequestContext): Promise<Response> {
  const cursor = parseLinkCursor(c.req.query('cursor') ?? '')
  const start = typeof cursor?.place.key === 'number' ? cursor : null
  const removed = await context.changeLinks.listRemoved({
    ownerId: c.var.user.id,
    limit: deletedPerPage + 1,
    start: start === null ? null : { direction: 'older', place: start.place },
  })
  const links = removed.slice(0, deletedPerPage)
  const last = links.at(-1)
  const older =
    removed.length > deletedPerPage && last !== undefined
      ? cursorText({ direction: 'older', index: 0, place: last.place })
      : null
  const { shortBaseUrl } = context.options
  const frame = await frameOf(context, c)
  return page(c, <DeletedLinksPage {...{ frame, shortBaseUrl, links, older }} />)
}
