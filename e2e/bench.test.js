// Results by hand: a worklist of forty rows, by keyboard only.

import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { openBrowser } from './support/browser.js'
import { openLaboratory } from './support/laboratory.js'

const PASSWORD = 'a long enough password'
const TEST = 'hCG, urine pregnancy test'
const TUBES = Array.from({ length: 40 }, (_, n) => `BENCH-${String(n + 1).padStart(2, '0')}`)
/** A scan that comes so soon after other keys may have lost its beginning: the page would not trust it. */
const SETTLED_MS = 1_100

/** @type {Awaited<ReturnType<typeof openLaboratory>>} */
let laboratory
/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser

before(async () => {
  laboratory = await openLaboratory()
  browser = await openBrowser(laboratory.url)
})

after(async () => {
  await browser?.close()
  await laboratory?.close()
})

test('forty tubes are ordered and received, and a manual method is added', async () => {
  const { page } = browser
  await page.goto('/')
  await page.getByLabel('Sign-in name').fill('admin')
  await page.getByLabel('Password').fill(laboratory.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('One-time password').fill(laboratory.password)
  await page.getByLabel('New password', { exact: true }).fill(PASSWORD)
  await page.getByLabel('New password again').fill(PASSWORD)
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByRole('heading', { name: 'Work to do' }).waitFor()
  await page.goto('/instruments/new')
  await page.getByLabel('Name', { exact: true }).fill('Pregnancy strips, by eye')
  await page.getByLabel('Manual method').check()
  await page.getByRole('button', { name: 'Save instrument' }).click()
  await page.goto('/patients/new')
  await page.getByLabel('Family name').fill('Sample')
  await page.getByLabel('Given names').fill('Nneka')
  await page.getByLabel('Date of birth').fill('2 Apr 1991')
  await page.getByLabel('Female', { exact: true }).check()
  await page.getByLabel('Identifier').fill('MRN-0000001')
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByLabel('Tube number').waitFor()
  const form = page.url()
  for (const tube of TUBES) {
    const status = await send(form, { test: TEST }, { tube, requester: 'Ward 4' })
    assert.equal(status, 200, tube)
    assert.equal(await send('/receive', {}, { number: tube }), 200, tube)
  }
})

test('the bench lists what is outstanding, and leads to the grid', async () => {
  const { page, look } = browser
  await page.goto('/bench')
  await page.getByText('40 outstanding tubes').waitFor()
  await look('bench')
  await page.getByRole('link', { name: new RegExp(TEST) }).first().click()
  await page.getByRole('heading', { name: `Enter results: ${TEST}` }).waitFor()
  assert.equal(await cells().count(), TUBES.length)
  await look('bench-entry')
})

test('keys fill the grid: first letters, Enter down, Esc undoes, arrows walk', async () => {
  const { page } = browser
  await cells().nth(0).focus()
  await page.keyboard.press('p')
  assert.equal(await value(0), 'Positive', 'the first letter chooses an answer')
  await page.keyboard.press('Escape')
  assert.equal(await value(0), '', 'Esc undoes the cell')
  for (let row = 0; row < TUBES.length; row++) {
    assert.equal(await focused(), row)
    await page.keyboard.press(row % 2 ? 'p' : 'n')
    if (row < TUBES.length - 1) await page.keyboard.press('Enter')
  }
  await page.keyboard.press('ArrowUp')
  assert.equal(await focused(), TUBES.length - 2)
  await page.keyboard.press('i')
  await page.keyboard.press('Escape')
  assert.deepEqual([await value(0), await value(38), await value(39)], ['Negative', 'Negative', 'Positive'])
})

test('a scan is entered in no cell: it leads to the row of its tube', async () => {
  const { page, look } = browser
  await page.waitForTimeout(SETTLED_MS)
  await burst(TUBES[6])
  await page.keyboard.press('Enter')
  assert.equal(await value(38), 'Negative', 'the cell is as it was')
  assert.equal(await focused(), 6)
  await page.waitForTimeout(SETTLED_MS)
  await page.keyboard.type(']C1NOBODYS-TUBE', { delay: 60 })
  await page.keyboard.press('Enter')
  await page.getByText('NOBODYS-TUBE').first().waitFor()
  assert.equal(await value(6), 'Negative')
  // A burst without an end is no result either.
  await page.waitForTimeout(SETTLED_MS)
  await burst('20101437')
  await page.waitForTimeout(SETTLED_MS)
  assert.equal(await value(6), 'Negative')
  await look('bench-entry-scan')
})

test('text of several lines or columns gets into no cell, and one value does', async () => {
  const { page } = browser
  await page.waitForTimeout(SETTLED_MS)
  await cells().nth(6).focus()
  for (const text of ['Positive\nNegative', 'Positive\tNegative']) {
    await paste(text)
    assert.equal(await value(6), 'Negative', 'the cell is as it was')
    await page.getByText('This text has several lines or columns.').waitFor()
  }
  await paste('Positive\n')
  assert.equal(await value(6), 'Positive')
  assert.equal(await page.getByText('This text has several lines or columns.').count(), 0)
})

test('what is typed survives a reload, and is saved once', async () => {
  const { page, look } = browser
  await page.waitForTimeout(SETTLED_MS)
  await page.reload()
  assert.deepEqual([await value(0), await value(39)], ['Negative', 'Positive'])
  assert.equal(await page.locator('table[data-grid] input.restored').count(), 40, 'what was given back is shown')
  await page.getByText('Cells with a dashed edge hold what you typed here before.').waitFor()
  await cells().nth(3).focus()
  await page.keyboard.type('maybe', { delay: 120 })
  assert.equal(await page.locator('#instrument option:checked').innerText(), 'Pregnancy strips, by eye', 'the only one is chosen')
  await page.keyboard.press('Control+Enter')
  await page.getByText('39 values are saved.').waitFor()
  await page.getByText('One value is not saved:').waitFor()
  assert.equal(await cells().count(), 1)
  assert.equal(await value(0), 'maybe', 'what was refused stays as it was typed')
  assert.equal(await focused(), 0, 'the refused cell has the keys')
  const why = await cells().nth(0).getAttribute('aria-describedby')
  await page.locator(`[id="${why}"]`).getByText('is not an answer of this test').waitFor()
  await look('bench-entry-refused')
  const late = await page.context().newPage()
  await late.goto(page.url())
  await late.locator('table[data-grid] tbody input').fill('Positive')
  await cells().nth(0).focus()
  await page.keyboard.press('n')
  await page.evaluate(() => {
    const form = /** @type {HTMLFormElement} */ (document.querySelector('[data-grid-form]'))
    form.requestSubmit()
    form.requestSubmit()
  })
  await page.getByText('One value is saved.').waitFor()
  await late.getByRole('button', { name: 'Save results' }).click()
  await late.getByText('Your value is not filed.').first().waitFor()
  await late.close()
  await page.goto('/bench')
  await page.getByText('No outstanding tubes').waitFor()
  await page.goto('/review')
  await page.getByText('40 results to review').waitFor()
  await page.goto(`/find?q=${TUBES[3]}`)
  await page.getByText('Pregnancy strips, by eye').first().waitFor()
  await look('specimen-by-hand')
})

test('the journal is whole', () => {
  assert.match(laboratory.run('journal', 'verify'), /Laboratory 1: \d+ events/)
})

/** Types as fast as a scanner: no key waits for the one before.
 * @param {string} text */
function burst(text) {
  return Promise.all([...text].map((key) => browser.page.keyboard.press(key)))
}

/** Pastes a text into the field that has the focus.
 * @param {string} text */
async function paste(text) {
  await browser.page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await browser.page.evaluate((text) => navigator.clipboard.writeText(text), text)
  await browser.page.keyboard.press('Control+v')
}

/** The cells of the grid. */
function cells() {
  return browser.page.locator('table[data-grid] tbody input')
}

/** @param {number} row */
function value(row) {
  return cells().nth(row).inputValue()
}

/** The row of the cell that has the focus. */
function focused() {
  return browser.page.evaluate(() => {
    const all = [...document.querySelectorAll('table[data-grid] tbody input')]
    return all.indexOf(/** @type {Element} */ (document.activeElement))
  })
}

/** Sends the form of a page as the browser would, with boxes marked by their labels.
 * @param {string} path @param {Record<string, string>} marked @param {Record<string, string>} typed
 * @returns {Promise<number>} */
function send(path, marked, typed) {
  return browser.page.evaluate(
    async ([path, marked, typed]) => {
      const page = new DOMParser().parseFromString(await (await fetch(path)).text(), 'text/html')
      const form = /** @type {HTMLFormElement} */ (page.querySelector('main form[method=post]'))
      const fields = new URLSearchParams()
      for (const [name, value] of new FormData(form)) if (typeof value === 'string') fields.append(name, value)
      for (const [name, label] of Object.entries(marked)) {
        const box = [...form.querySelectorAll('label')].find((l) => l.textContent?.trim().startsWith(label))?.querySelector('input')
        fields.append(name, box?.value ?? '')
      }
      for (const [name, value] of Object.entries(typed)) fields.set(name, value)
      return (await fetch(form.getAttribute('action') ?? '', { method: 'POST', body: fields })).status
    },
    /** @type {const} */ ([path, marked, typed]),
  )
}
