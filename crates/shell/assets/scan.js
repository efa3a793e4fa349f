// A scanner types fast and ends in Enter. Scans are told from typing by their prefix or by their pace, and go to the page's scan form:
// never to a shortcut, never into whatever field the reader happens to be in. One scan, one thing done.
import { unsaved } from './forms.js'
import { SignedOut, fetchPage, focusables, swapPart } from './swap.js'

/** Keys that come closer together than this belong to one run: a browser that was busy for a moment does not cut a scan in two. */
const RUN_GAP_MS = 300
/** Nobody types three keys in a row this fast; slow scanners pause 20 ms between keys. */
const PACE_MS = 35
const FAST_GAPS_MIN = 3
/** A scan that comes so soon after other keys may have lost its beginning: it is not trusted. */
const SETTLED_MS = 1000
/** How long a key has to be alone before it can be a shortcut. */
export const ALONE_MS = 80
/** A run that begins with this is a scan at any pace: AIM identifiers do, and scanners can be set to send it. */
const PREFIX = ']'
const SCAN_KEYS_MAX = 80
/** Scans that may wait while the server answers; a hand cannot fill this. */
const QUEUE_MAX = 20

/** @typedef {{ field: HTMLInputElement | HTMLTextAreaElement, value: string, start: number | null, end: number | null }} Before */

/**
 * A run of keys: its text, when its last key came, how many fast gaps in a row end it, whether it is a scan, what the field held before it,
 * and when the last key before it came, if that was not the end of a scan.
 * @typedef {{ text: string, last: number, fast: number, scan: boolean, before: Before | null, after: number }} Run
 */
/** @type {Run} */
let run = newRun(-Infinity)
/** Gives a run that turned out not to be a scan back to the field. @type {number | undefined} */
let giveBack

/** The scans that wait for their answers, in order. */
let queue = Promise.resolve()
let queued = 0

export function startScan() {
  if (!scanForm()) return
  document.addEventListener('keydown', keydown, { capture: true })
  const outcome = document.querySelector('[data-outcome]')
  if (outcome instanceof HTMLElement) sound(outcome.dataset.outcome === 'done')
}

/** The form that scans of this page go to: the page's own, else the search in its header. @returns {HTMLFormElement | null} */
function scanForm() {
  return document.querySelector('main form[data-scan-form]') ?? document.querySelector('form[data-scan-form]')
}

/** @param {KeyboardEvent} event */
function keydown(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return
  const ends = event.key === 'Enter' || event.key === 'Tab'
  if (!ends && event.key.length !== 1) return
  const gap = event.timeStamp - run.last
  if (gap > RUN_GAP_MS || run.text.length >= SCAN_KEYS_MAX) begin(run.text ? run.last : run.after)
  const at = document.activeElement
  const field = at instanceof HTMLInputElement && at.matches('[data-scan-field]') ? at : null
  if (ends) {
    const { text, scan, before, after } = run
    begin(-Infinity)
    if (field) return endInField(event, field, scan)
    if (!scan) return
    swallow(event)
    restore(before)
    return event.timeStamp - after < SETTLED_MS ? say('lost') : scanned(text)
  }
  if (!run.text && !field) run.before = remember(at)
  run.text += event.key
  run.last = event.timeStamp
  run.fast = gap <= PACE_MS ? run.fast + 1 : 0
  run.scan ||= run.fast >= FAST_GAPS_MIN || run.text.startsWith(PREFIX)
  if (field) return
  clearTimeout(giveBack)
  giveBack = setTimeout(returnToField, RUN_GAP_MS)
  if (!run.scan) return
  swallow(event)
  restore(run.before)
}

/**
 * @param {number} after
 * @returns {Run}
 */
function newRun(after) {
  return { text: '', last: -Infinity, fast: 0, scan: false, before: null, after }
}

/** @param {number} after */
function begin(after) {
  clearTimeout(giveBack)
  run = newRun(after)
}

/**
 * A field made for scans takes scanning and typing alike. Enter sends the page's scan form; in any other form the scanner's Enter only
 * ends the number, so that a half-filled form is not sent by it.
 * @param {KeyboardEvent} event
 * @param {HTMLInputElement} field
 * @param {boolean} scan
 */
function endInField(event, field, scan) {
  const form = field.closest('form')
  field.value = numberOf(field.value)
  if (form?.matches('[data-scan-form]')) {
    if (event.key === 'Enter' && form.dataset.swap) {
      swallow(event)
      scanned(field.value)
    }
  } else if (scan) {
    swallow(event)
    const controls = form ? focusables(form) : []
    controls[controls.indexOf(field) + 1]?.focus()
  }
}

/** The number in a scan: without the AIM symbology identifier, which is ], a letter and a digit. @param {string} scan */
const numberOf = scan => scan.replace(/^\][A-Za-z][0-9A-Za-z]/, '').replace(/^\]/, '').trim()

/** @param {KeyboardEvent} event */
function swallow(event) {
  event.preventDefault()
  event.stopImmediatePropagation()
}

/** No Enter came: it was a person after all, so what was taken goes where it was meant to go. */
function returnToField() {
  const { text, scan, before, last } = run
  begin(last)
  if (!before || !scan) return
  restore(before)
  // A result is not typed that fast: whatever it was, it is no result.
  if (before.field.closest('[data-grid]')) return say('lost')
  before.field.setRangeText(text, before.start ?? before.value.length, before.end ?? before.value.length, 'end')
  before.field.dispatchEvent(new Event('input', { bubbles: true }))
}

/**
 * @param {Element | null} at
 * @returns {Before | null}
 */
function remember(at) {
  if (!(at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement)) return null
  if (at instanceof HTMLInputElement && !/^(text|search|password|tel|url)$/.test(at.type)) return null
  return { field: at, value: at.value, start: at.selectionStart, end: at.selectionEnd }
}

/** @param {Before | null} before */
function restore(before) {
  if (!before || before.field.value === before.value) return
  before.field.value = before.value
  before.field.setSelectionRange(before.start, before.end)
}

/**
 * Sends a scan to the page's scan form: in place where the form says which parts change, else as if it had been typed there.
 * @param {string} text
 */
function scanned(text) {
  const form = scanForm()
  const field = form?.querySelector('[data-scan-field]')
  const number = numberOf(text)
  if (!form || !(field instanceof HTMLInputElement) || !number) return
  // A page may know the tube: a grid leads to its row.
  if (!document.dispatchEvent(new CustomEvent('titer:scanned', { cancelable: true, detail: number }))) return sound(true)
  if (!form.dataset.swap) {
    if (unsaved()) return say('unsaved', number, `${form.action}?${new URLSearchParams({ [field.name]: number })}`)
    field.value = number
    form.requestSubmit()
    return
  }
  if (queued >= QUEUE_MAX) return say('lost')
  field.value = number
  const body = new URLSearchParams()
  for (const [name, value] of new FormData(form)) if (typeof value === 'string' && value) body.append(name, value)
  const parts = form.dataset.swap.split(' ')
  // What was typed beside the number is of this tube only.
  for (const typed of form.querySelectorAll('input:not([type=hidden])')) if (typed instanceof HTMLInputElement) typed.value = ''
  field.focus({ preventScroll: true })
  queued += 1
  queue = queue.then(() => send(form, body, parts)).finally(() => {
    queued -= 1
    if (queued === 0 && unsent.length > 0) sendUnsent(form)
  })
}

/** Scans that came after the session had ended, or when somebody else had signed in: field and value. @type {[string, string][]} */
const unsent = []

/**
 * Sends the scans that came too late as one form: the server keeps them, asks the person to sign in, and leads back here.
 * @param {HTMLFormElement} form
 */
function sendUnsent(form) {
  const late = document.createElement('form')
  late.method = 'post'
  late.action = form.action
  for (const [name, value] of unsent) {
    const field = document.createElement('input')
    field.type = 'hidden'
    field.name = name
    field.value = value
    late.append(field)
  }
  document.body.append(late)
  late.submit()
}

/**
 * @param {HTMLFormElement} form
 * @param {URLSearchParams} body
 * @param {string[]} parts
 */
async function send(form, body, parts) {
  if (unsent.length > 0) {
    unsent.push(...body)
    return
  }
  try {
    const page = await fetchPage(form.action, { method: 'POST', body })
    const outcome = page.querySelector('[data-outcome]')
    if (!(outcome instanceof HTMLElement)) throw new Error('the answer says nothing about the scan')
    for (const part of parts) swapPart(page, part)
    renewStamp(form, page)
    document.getElementById('said')?.replaceChildren()
    sound(outcome.dataset.outcome === 'done')
  } catch (error) {
    if (error instanceof SignedOut) unsent.push(...body)
    else say('lost')
  }
}

/**
 * A page that takes scans stands open for days. What is typed beside the next scan is of this moment, not of that at which the page came.
 * @param {HTMLFormElement} form
 * @param {Document} page
 */
function renewStamp(form, page) {
  const fresh = page.querySelector('main form[data-scan-form] input[name="stamp"]')
  const stamp = form.querySelector('input[name="stamp"]')
  if (fresh instanceof HTMLInputElement && stamp instanceof HTMLInputElement) stamp.value = fresh.value
}

/**
 * Puts one of the page's own bands (a template) on top, with the error sound.
 * @param {'lost' | 'unsaved' | 'several'} id
 * @param {string} [number]
 * @param {string} [href]
 */
export function say(id, number = '', href = '') {
  const template = document.getElementById(id)
  if (!(template instanceof HTMLTemplateElement)) return
  const band = /** @type {DocumentFragment} */ (template.content.cloneNode(true))
  const name = band.querySelector('[data-scanned]')
  if (name) name.textContent = number
  band.querySelector('[data-open]')?.setAttribute('href', href)
  document.getElementById('outcome')?.replaceChildren()
  document.getElementById('said')?.replaceChildren(band)
  sound(false)
}

/** @type {AudioContext | undefined} */
let audio

/**
 * One short high tone when it was done; two low ones when it was not, so that nobody has to look up to know.
 * @param {boolean} done
 */
function sound(done) {
  try {
    audio ??= new AudioContext()
    for (const [start, length, pitch] of done ? [[0, 0.09, 1320]] : [[0, 0.18, 220], [0.24, 0.3, 180]]) {
      const tone = audio.createOscillator()
      const loudness = audio.createGain()
      tone.type = done ? 'sine' : 'square'
      tone.frequency.value = pitch
      loudness.gain.value = 0.12
      tone.connect(loudness).connect(audio.destination)
      tone.start(audio.currentTime + start)
      tone.stop(audio.currentTime + start + length)
    }
  } catch {
    // No sound here: the band says the same.
  }
}
