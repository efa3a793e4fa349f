// The pages of the catalogue and of instruments, on a wide screen and on a phone, light and dark.

import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { openBrowser } from './support/browser.js'
import { openLaboratory } from './support/laboratory.js'

const PASSWORD = 'a long enough password'

/** @type {Awaited<ReturnType<typeof openLaboratory>>} */
let laboratory
/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser

before(async () => {
  laboratory = await openLaboratory()
  browser = await openBrowser(laboratory.url)
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
})

after(async () => {
  await browser?.close()
  await laboratory?.close()
})

test('a new laboratory shows its next steps', async () => {
  const { page, look } = browser
  await page.goto('/')
  await page.getByRole('heading', { name: 'Next steps' }).waitFor()
  await look('home-steps')
})

for (const [name, path] of [
  ['catalog', '/admin/catalog'],
  ['catalog-incomplete', '/admin/catalog?show=incomplete'],
  ['catalog-entries', '/admin/catalog/entries'],
  ['catalog-sign-many', '/admin/catalog/sign?all=yes&discipline=chemistry'],
  ['catalog-analyte-new', '/admin/catalog/analytes/new'],
  ['catalog-test-new', '/admin/catalog/tests/new'],
  ['instruments-none', '/instruments'],
  ['instrument-new', '/instruments/new'],
]) {
  test(`${name} is in order on every screen`, async () => {
    const { page, look } = browser
    const answer = await page.goto(path)
    assert.equal(answer?.status(), 200)
    await look(name)
  })
}

test('an analyte of the laboratory’s own is made, corrected and taken out of use', async () => {
  const { page, look } = browser
  await page.goto('/admin/catalog/analytes/new')
  await page.getByLabel('Name', { exact: true }).fill('Spot test')
  await page.getByLabel('Short name').fill('Spot')
  await page.getByLabel('Key', { exact: true }).fill('own_spot')
  await page.getByLabel('Discipline').selectOption({ index: 1 })
  await page.getByLabel('Specimen type').selectOption({ index: 1 })
  await page.getByLabel('Unit', { exact: true }).fill('potato')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Choose the kind of result.').first().waitFor()
  await page.getByLabel('Number', { exact: true }).check()
  await page.getByLabel('Decimals on reports').selectOption('1')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('is not a UCUM unit').first().waitFor()
  await look('catalog-unit-refused')
  await page.getByLabel('Unit', { exact: true }).fill('g/L')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.goto('/admin/catalog/entries?text=own_spot')
  await page.getByRole('link', { name: 'Spot test' }).first().click()
  await look('catalog-entry')
  await page.getByLabel('Reason for taking it out of use').fill('no reagent')
  await page.getByRole('button', { name: 'Take out of use' }).click()
  await page.getByText('Out of use: no reagent').first().waitFor()
  await look('catalog-entry-out-of-use')
})

test('tests are found as somebody types, and what is chosen stays', async () => {
  const { page, look } = browser
  await page.goto('/patients/new')
  await page.getByLabel('Family name').fill('Sample')
  await page.getByLabel('Given names').fill('Nneka')
  await page.getByLabel('Date of birth').fill('2 Apr 1971')
  await page.getByLabel('Female', { exact: true }).check()
  await page.getByLabel('Identifier').fill('MRN-0000001')
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByLabel('Alkaline phosphatase').check()
  const all = await page.locator('#tests label:has(input[name=test]):visible').count()
  await page.getByLabel('Find a test').fill('potass')
  const found = await page.locator('#tests label:has(input[name=test]):visible').allInnerTexts()
  assert.ok(found.length < all && found.some((text) => text.includes('Potassium')), found.join())
  assert.ok(found.some((text) => text.includes('Alkaline phosphatase')), 'what is chosen stays')
  await page.keyboard.press('Enter')
  await look('order-find')
  await page.getByLabel('Find a test').fill('no such test')
  await page.getByLabel('Find a test').press('Enter')
  await page.getByLabel('Requested by').fill('Dr Example')
  await page.getByRole('button', { name: 'Place order' }).click()
  await page.getByRole('heading', { name: /^Order/ }).waitFor()
})
