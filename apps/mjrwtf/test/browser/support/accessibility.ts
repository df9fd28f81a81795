import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { desktop, phone } from './visit.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** WCAG 2.2 AA and best practices. */
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** The styles use `light-dark()` alone for dark mode, which changes nothing but colors, and the width changes no color. */
const colorRules = ['color-contrast', 'link-in-text-block']

const viewports = [
  { colorScheme: 'light', viewport: desktop, rules: standards },
  { colorScheme: 'dark', viewport: desktop, rules: colorRules },
  { colorScheme: 'light', viewport: phone, rules: standards },
] as const

/** Expects no violation on the current page, in light and dark on a desktop, and on a phone. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  for (const { colorScheme, viewport, rules } of viewports) {
    await page.emulateMedia({ colorScheme })
    await page.setViewportSize(viewport)
    const context = `${name}, ${colorScheme}, ${viewport.width} px`
    expect({ where: context, violations: await violationsOn(page, rules) }).toEqual({
      where: context,
      violations: [],
    })
    expect({ where: context, overflows: await overflowsHorizontally(page) }).toEqual({
      where: context,
      overflows: false,
    })
  }
}

async function violationsOn(page: Page, rules: readonly string[]): Promise<unknown> {
  // Sending and compiling axe takes longer than running it, so each document gets it once.
  if (!(await page.evaluate('typeof axe === "object"'))) await page.evaluate(axe)
  return page.evaluate(`axe.run(document, {
    runOnly: ${JSON.stringify(rules)},
    resultTypes: ['violations'],
  }).then(({ violations }) => violations.map(({ id, help, nodes }) =>
    ({ id, help, nodes: nodes.map(({ html, failureSummary }) => [html, failureSummary]) })))`)
}

/** Whether the page is wider than its window. */
export function overflowsHorizontally(page: Page): Promise<boolean> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement
    return scrollWidth > clientWidth
  })
}
