import type { Hono } from 'hono'
import type { ChangeLinks } from '../../../application/links/change-links.ts'
import type { Links } from '../../../application/links/links.ts'
import type { FormContext } from '../forms/form-page.ts'
import type { AppEnv, UserRequestContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { limitPage, type ReadContext } from '../middleware/limit-reads.ts'
import { frameOf, page } from '../responses/page.ts'
import { TagsPage, tagsPath } from './tags-page.tsx'

export interface TagsContext extends FormContext, ReadContext {
  readonly links: Pick<Links, 'listTags'>
  readonly changeLinks: Pick<ChangeLinks, 'find'>
}

const tagsPerPage = 25

/** The list of the user's tags. */
export function addTagRoutes(app: Hono<AppEnv>, context: TagsContext): void {
  userRoutes(app, context).get(
    tagsPath,
    limitPage(context, (c) => showTags(context, c)),
  )
}

async function showTags(context: TagsContext, c: UserRequestContext): Promise<Response> {
  const ownerId = c.var.user.id
  // PostgreSQL cannot store U+0000.
  const after = (c.req.query('after') ?? '').replaceAll('\0', '')
  const found = await context.links.listTags({ ownerId, after, limit: tagsPerPage + 1 })
  const tags = found.slice(0, tagsPerPage)
  const next = found.length > tagsPerPage ? (tags.at(-1)?.key ?? null) : null
  const id = c.req.query('change') ?? ''
  const change = id === '' ? null : await context.changeLinks.find({ ownerId, id })
  return page(c, <TagsPage {...{ frame: await frameOf(context, c), tags, next, change }} />)
}
