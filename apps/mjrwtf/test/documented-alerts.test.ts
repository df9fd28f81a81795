import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

/** The anchor of a heading, as GitHub writes it. */
const anchorOf = (heading: string) => heading.toLowerCase().replaceAll(' ', '-')

it('each alert names the section of the runbook that names the alert', () => {
  const rules = read('deploy/prometheus/mjrwtf.rules.yml').split('- alert: ').slice(1)
  const sections = new Map(
    read('docs/runbook.md')
      .split('\n## ')
      .slice(1)
      .map((section) => [anchorOf(section.split('\n')[0] ?? ''), section]),
  )
  const undocumented = rules.flatMap((rule) => {
    const [name = ''] = rule.split('\n')
    const [, anchor = ''] = /runbook_url: docs\/runbook\.md#(\S+)/.exec(rule) ?? []
    return sections.get(anchor)?.includes(`\`${name}\``) ? [] : [name]
  })
  expect(rules.length).toBeGreaterThan(10)
  expect(undocumented).toEqual([])
})

it('each section of the runbook says what is seen, what is safe, what to type and how it ends', () => {
  const sections = read('docs/runbook.md').split('\n## ').slice(1)
  const parts = ['**You see**', '**Safe:**', '**Type', '**It worked**']
  const incomplete = sections.filter((text) => !parts.every((part) => text.includes(part)))
  expect(incomplete.map((text) => text.split('\n')[0])).toEqual([])
})
