import type { Hono } from 'hono'
import type { Frame } from '../components/frame.ts'
import { Layout } from '../components/layout.tsx'
import {
  type SettingsGroup,
  type SettingsPage,
  settingsGroups,
  settingsPath,
} from '../components/settings-pages.ts'
import type { AppEnv, PageContext } from '../http-context.ts'
import { userRoutes } from '../middleware/guards.ts'
import { frameOf, page } from '../responses/page.ts'

/** The list of all settings pages. */
export function addSettingsRoutes(app: Hono<AppEnv>, context: PageContext): void {
  userRoutes(app, context).get(settingsPath, async (c) =>
    page(c, <SettingsListPage frame={await frameOf(context, c)} />),
  )
}

function SettingsListPage({ frame }: { readonly frame: Frame }) {
  return (
    <Layout frame={frame} title="Settings">
      <div class="head">
        <div>
          <h1>Settings</h1>
          <p class="lead breakable">{frame.viewer?.email}</p>
        </div>
      </div>
      <div class="settings-groups">
        {settingsGroups(frame).map((group) => (
          <Group group={group} />
        ))}
      </div>
    </Layout>
  )
}

function Group({ group }: { readonly group: SettingsGroup }) {
  const id = group.href.slice(1).replace('/', '-')
  const pages: readonly SettingsPage[] = [
    { href: group.href, label: group.labelInList },
    ...group.pages,
  ]
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{group.title}</h2>
      <ul class="settings-list">
        {pages.map(({ href, label }) => (
          <li>
            <a href={href}>{label}</a>
          </li>
        ))}
      </ul>
    </section>
  )
}
