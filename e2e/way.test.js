// The whole way of a result, as a person walks it: an order, a tube, an analyzer over a real socket, review, signature, report.

import { strict as assert } from 'node:assert'
import { after, before, test } from 'node:test'
import { frames, play } from './support/analyzer.js'
import { openBrowser } from './support/browser.js'
import { freePort, openLaboratory } from './support/laboratory.js'

const ACK = 6
const TUBE = 'T20-10143GA D07'
const PASSWORD = 'a long enough password'
/** As long as a name can get on a form, without a blank: no page may scroll sideways for it. */
const FAMILY = `O'Sample<b>${'n'.repeat(49)}`

/** @type {Awaited<ReturnType<typeof openLaboratory>>} */
let laboratory
/** @type {Awaited<ReturnType<typeof openBrowser>>} */
let browser
/** @type {number} */
let port

before(async () => {
  laboratory = await openLaboratory()
  browser = await openBrowser(laboratory.url)
  port = await freePort()
})

after(async () => {
  await browser?.close()
  await laboratory?.close()
})

test('the first administrator signs in once with the printed password and chooses another', async () => {
  const { page, look } = browser
  await page.goto('/')
  await look('sign-in')
  await page.getByLabel('Sign-in name').fill('admin')
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Sign in' }).click()
  assert.match(await page.locator('main').innerText(), /password/i)
  await page.getByLabel('Password').fill(laboratory.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('One-time password').fill(laboratory.password)
  await page.getByLabel('New password', { exact: true }).fill(PASSWORD)
  await page.getByLabel('New password again').fill(PASSWORD)
  await look('password')
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByRole('heading', { name: 'Work to do' }).waitFor()
  await look('home')
})

test('an order is placed for a new patient, on a tube that bears a label already', async () => {
  const { page, look } = browser
  await page.goto('/orders')
  await look('orders-empty')
  await page.keyboard.press('n')
  await page.getByLabel('Patient', { exact: true }).fill("O'Sample")
  await page.getByRole('button', { name: 'Find' }).click()
  await look('order-patient')
  await page.getByRole('link', { name: 'Register a new patient' }).click()
  await page.getByLabel('Family name').fill(FAMILY)
  await page.getByLabel('Given names').fill('Nneka Zoë')
  await page.getByLabel('Date of birth').fill('2 Apr 1971')
  await page.getByLabel('Female', { exact: true }).check()
  await page.getByLabel('Identifier').fill('MRN-0000001')
  await look('patient-new')
  await page.getByRole('button', { name: 'Register' }).click()
  await page.getByLabel('Alkaline phosphatase').check()
  await page.getByLabel('Tube number').fill(TUBE)
  await page.getByLabel('Requested by').fill('Dr Example, Ward 4')
  await look('order-new')
  await page.getByRole('button', { name: 'Place order' }).click()
  await page.getByRole('heading', { name: /^Order/ }).waitFor()
  await look('order')
})

test('a scan receives the tube; a wrong one is refused with the reason', async () => {
  const { page, look } = browser
  await page.goto('/receive')
  await page.getByLabel('Scan a tube').fill('NOBODYS-TUBE')
  await page.keyboard.press('Enter')
  await page.getByText('Not received').waitFor()
  await look('receive-refused')
  await page.getByLabel('Scan a tube').fill(TUBE)
  await page.keyboard.press('Enter')
  await page.locator('#outcome').getByText(TUBE).waitFor()
  await look('receive')
})

test('a result of a code that nobody has mapped is acknowledged, kept and held', async () => {
  const { page, look } = browser
  laboratory.run('link', 'add', '--name', 'c111', '--protocol', 'astm', '--listen', `127.0.0.1:${port}`, '--dialect', 'cobas-c111')
  await listening(port)
  const sent = frames({ barcode: TUBE, value: '95.2', completed: '20260727162028' })
  assert.deepEqual(await play(port, sent), Array(7).fill(ACK))
  await page.goto('/messages')
  await look('messages')
  await page.locator('main tbody a').first().click()
  await page.getByText('Held because').waitFor()
  await look('message-held')
})

test('somebody proposes the mapping, another approves it, and the message is read again', async () => {
  const { page, look } = browser
  laboratory.run('link', 'map', '--name', 'c111', '--code', '550', '--unit', 'U/L', '--analyte', 'alp')
  await page.goto('/admin/links')
  await look('links')
  await page.getByRole('link', { name: 'c111' }).first().click()
  await look('mappings-suggested')
  const mapping = page.url()
  await signInAs('priya', laboratory.run('user', 'add', '--username', 'priya', '--name', 'Priya Test', '--role', 'supervisor'))
  await page.goto(mapping)
  await page.locator('input[name=mark]').first().check()
  await page.getByRole('button', { name: 'Propose as mine' }).click()
  await signOut()
  await signIn('admin', PASSWORD)
  await page.goto(mapping)
  await look('mappings')
  await page.locator('input[name=mark]').first().check()
  await page.getByRole('button', { name: /^Sign/ }).first().click()
  await look('mappings-sign')
  await sign()
  await page.goto('/messages')
  await page.locator('main tbody a').first().click()
  await page.getByRole('button', { name: 'Read message again' }).click()
  await page.goto('/messages')
  await page.getByText('No held messages').waitFor()
})

test('the result stands on the tube once, however often it is sent', async () => {
  const { page, look } = browser
  const sent = frames({ barcode: TUBE, value: '95.2', completed: '20260727162028' })
  assert.deepEqual(await play(port, sent), Array(7).fill(ACK))
  const unknown = frames({ barcode: 'UNKNOWN-1', value: '95.2', completed: '20260727162028' })
  assert.deepEqual(await play(port, unknown), Array(7).fill(ACK))
  await page.goto(`/find?q=${encodeURIComponent(TUBE)}`)
  assert.equal(await page.locator('table.results tbody tr').count(), 1)
  await look('specimen')
  await page.goto('/messages')
  await page.locator('main tbody a').first().click()
  await page.getByText('UNKNOWN-1').first().waitFor()
  await look('message-unknown-tube')
})

test('the result is reviewed, signed and comes out as a PDF', async () => {
  const { page, look } = browser
  await page.goto('/review')
  await look('review')
  await page.locator('table.results tbody input[name=mark]').first().check()
  await page.keyboard.press('Control+Enter')
  await page.getByRole('heading', { name: /You are about to sign/ }).waitFor()
  await look('review-sign')
  await sign()
  await page.goto('/review')
  await page.getByText('No results to review').waitFor()
  await page.goto('/reports')
  await page.getByRole('link', { name: /PDF/ }).first().waitFor({ timeout: 20_000 }).catch(() => page.reload())
  await look('reports')
  const link = page.getByRole('link', { name: /PDF/ }).first()
  await link.waitFor({ timeout: 20_000 })
  const answer = await page.request.get(String(await link.getAttribute('href')))
  assert.equal(answer.headers()['content-type'], 'application/pdf')
  assert.equal((await answer.body()).subarray(0, 5).toString(), '%PDF-')
  await page.locator('main tbody a').first().click()
  await look('report')
})

test('a value of any length that contradicts the verified result pushes nothing off the page', async () => {
  const { page, look } = browser
  const sent = frames({ barcode: TUBE, value: '7'.repeat(200), completed: '20260727172028' })
  assert.deepEqual(await play(port, sent), Array(7).fill(ACK))
  await page.goto('/review')
  await fits('review-corrections')
  await look('review-corrections')
  await page.locator('#corrections tbody a').first().click()
  await page.getByRole('heading', { name: /^Correction to decide/ }).waitFor()
  await fits('correction')
  await look('correction')
  await page.goto(`/find?q=${encodeURIComponent(TUBE)}`)
  await fits('specimen-contradicted')
  await look('specimen-contradicted')
  await page.goto('/messages')
  await page.locator('main tbody a').first().click()
  await page.getByText('Held because').waitFor()
  await look('message-contradicting')
})

test('what one person entered is not done in the name of another who has signed in since', async () => {
  const { page, look } = browser
  await page.goto('/messages')
  const bench = await page.context().newPage()
  await bench.goto('/receive')
  const other = await page.context().newPage()
  await other.goto('/sign-in')
  await other.getByLabel('Sign-in name').fill('priya')
  await other.getByLabel('Password').fill(PASSWORD)
  await other.getByRole('button', { name: 'Sign in' }).click()
  await other.getByRole('heading', { name: 'Work to do' }).waitFor()
  await other.close()
  // A page that shows changes says so by itself.
  await page.locator('#other').waitFor({ timeout: 20_000 })
  await look('other-account')
  await bench.getByLabel('Scan a tube').fill('T-OF-ADMIN')
  await bench.keyboard.press('Enter')
  await bench.getByRole('heading', { name: 'This form belongs to another account' }).waitFor()
  await bench.getByRole('link', { name: /^Sign in as / }).click()
  await bench.getByLabel('Sign-in name').fill('admin')
  await bench.getByLabel('Password').fill(PASSWORD)
  await bench.getByRole('button', { name: 'Sign in' }).click()
  await bench.locator('#draft').waitFor()
  assert.equal(await bench.getByLabel('Scan a tube').inputValue(), 'T-OF-ADMIN')
  await page.goto(bench.url())
  await look('draft-back')
  await bench.close()
})

test('the journal is whole', () => {
  assert.match(laboratory.run('journal', 'verify'), /Laboratory 1: \d+ events/)
})

/** No table is wider than its place: what is beside a long value is in sight without scrolling sideways.
 * @param {string} name */
async function fits(name) {
  const { page } = browser
  for (const width of [1280, 820, 390]) {
    await page.setViewportSize({ width, height: 900 })
    const wide = await page.locator('.scroll').evaluateAll((all) => all.map((e) => e.scrollWidth - e.clientWidth))
    assert.ok(wide.every((more) => more <= 1), `${name} at ${width}: ${wide}`)
  }
}

/** Gives the password on the page that shows what is signed, if it is asked for. */
async function sign() {
  const { page } = browser
  const password = page.locator('input[type=password]')
  if (await password.count()) await password.fill(PASSWORD)
  await page.getByRole('button', { name: /sign/i }).last().click()
  await page.waitForLoadState()
}

/** @param {string} username @param {string} password */
async function signIn(username, password) {
  const { page } = browser
  await page.goto('/sign-in')
  await page.getByLabel('Sign-in name').fill(username)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.waitForLoadState()
}

async function signOut() {
  const { page } = browser
  await page.context().clearCookies()
}

/** Signs somebody in whose one-time password was printed, with a password of their own.
 * @param {string} username @param {string} printed */
async function signInAs(username, printed) {
  const { page } = browser
  const oneTime = /with the password (\S+)/.exec(printed)?.[1] ?? ''
  await signOut()
  await signIn(username, oneTime)
  await page.getByLabel('One-time password').fill(oneTime)
  await page.getByLabel('New password', { exact: true }).fill(PASSWORD)
  await page.getByLabel('New password again').fill(PASSWORD)
  await page.getByRole('button', { name: 'Set password' }).click()
  await page.getByRole('heading', { name: 'Work to do' }).waitFor()
}

/** @param {number} port */
async function listening(port) {
  for (let i = 0; i < 100; i++) {
    if (await play(port, []).then(() => true, () => false)) return
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error('the link did not open')
}
