// Chromium with one page, looked at and checked after each step.

import { strict as assert } from 'node:assert'
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { chromium } from 'playwright-core'

const SHOTS = resolve(import.meta.dirname, '../shots')
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const SIZES = [
  { width: 1440, height: 900 },
  { width: 1280, height: 800 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
]
/** The widths at which axe is asked: a desk and a phone. */
const ASKED = [1280, 390]

/** @param {string} base */
export async function openBrowser(base) {
  mkdirSync(SHOTS, { recursive: true })
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync']
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args })
  // The content security policy would keep axe out as well; it is the pages' own scripts that it is there for.
  const context = await browser.newContext({ baseURL: base, viewport: SIZES[0], bypassCSP: true, reducedMotion: 'reduce' })
  const page = await context.newPage()
  /** @type {string[]} */
  const errors = []
  page.on('pageerror', (e) => errors.push(String(e)))
  page.on('console', (m) => m.type() === 'error' && !/status of (409|422)/.test(m.text()) && errors.push(m.text()))

  /** Takes pictures in every size and colour scheme, and asks axe.
   * @param {string} name */
  async function look(name) {
    for (const scheme of /** @type {const} */ (['light', 'dark'])) {
      await page.emulateMedia({ colorScheme: scheme })
      for (const size of SIZES) {
        await page.setViewportSize(size)
        await page.screenshot({ path: `${SHOTS}/${name}-${size.width}-${scheme}.png` })
        const width = await page.evaluate(() => document.documentElement.scrollWidth)
        assert.ok(width <= size.width, `${name} scrolls sideways at ${size.width}: ${width}`)
        if (!ASKED.includes(size.width)) continue
        await page.evaluate(AXE)
        const found = await page.evaluate(
          // @ts-ignore: axe was put into the page a line above
          (rules) => window.axe.run(document, { runOnly: rules }).then((r) => r.violations),
          RULES,
        )
        const told = found.map((/** @type {any} */ v) => `${v.id}: ${v.help} (${v.nodes.map((/** @type {any} */ n) => n.target)})`)
        assert.deepEqual(told, [], `${name}, ${scheme}, ${size.width}`)
      }
      await page.setViewportSize(SIZES[0])
    }
    await page.emulateMedia({ colorScheme: 'light' })
    assert.ok(!(await page.content()).includes('⟪'), `${name} lacks words`)
    assert.deepEqual(errors, [], name)
  }

  return { page, look, close: () => browser.close() }
}
