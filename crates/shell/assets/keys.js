// Shortcuts, as declared by the page itself: `data-key` on a link, a button or a field. Single letters count outside fields only, can be
// changed and can be switched off. A scan never gets here: keys that come at a scanner's pace are nobody's shortcut.
import { ALONE_MS } from './scan.js'
import { focusables } from './swap.js'

/** How long after the first key of a pair (`g r`) the second may come. */
const PAIR_MS = 1200

/** Changed keys, by the key that the page declares. @type {Record<string, string>} */
let changed = {}
let letters = true
/** Keys that have come and not yet been judged. @type {string[]} */
let pending = []
let first = ''
let firstAt = -Infinity
/** @type {number | undefined} */
let judging

export function startKeys() {
  try {
    changed = JSON.parse(localStorage.getItem('keys') ?? '{}')
    letters = localStorage.getItem('letters') !== 'off'
  } catch {
    changed = {}
  }
  document.addEventListener('keydown', keydown)
  document.addEventListener('titer:swapped', rove)
  rove()
  overlay()
}

/** @param {KeyboardEvent} event */
function keydown(event) {
  const at = event.target instanceof HTMLElement ? event.target : document.body
  if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]')) return
  if (event.ctrlKey && !event.altKey && !event.metaKey) {
    const target = find(`Ctrl+${event.key}`)
    if (target) act(target, event)
    return
  }
  if (event.altKey || event.metaKey) return
  if (event.key.startsWith('Arrow') || event.key === 'Home' || event.key === 'End') return walk(event, at)
  const typing = at.matches('input:not([type="checkbox"], [type="radio"]), select, textarea')
  if (event.key === 'Escape' && typing) at.blur()
  if (typing || event.key.length !== 1 || event.key === ' ' || !letters) return
  // Judged once it is certain that no scan is coming in.
  if (event.key === '/') event.preventDefault()
  pending.push(event.key)
  clearTimeout(judging)
  judging = setTimeout(judge, ALONE_MS)
}

function judge() {
  const keys = pending
  pending = []
  if (keys.length > 1) return
  const [key] = keys
  const pair = performance.now() - firstAt < PAIR_MS ? find(`${first} ${key}`) : null
  first = ''
  const target = pair ?? find(key)
  if (target) return act(target)
  first = key
  firstAt = performance.now()
}

/** The key that does what the page declares under `declared`. @param {string} declared */
const effective = declared => changed[declared] ?? declared

/**
 * @param {string} key
 * @returns {HTMLElement | null}
 */
function find(key) {
  for (const found of document.querySelectorAll('[data-key]')) {
    if (found instanceof HTMLElement && !found.hidden && effective(found.dataset.key ?? '') === key) return found
  }
  return null
}

/**
 * @param {HTMLElement} target
 * @param {Event} [event]
 */
function act(target, event) {
  event?.preventDefault()
  if (target.matches('[data-keys]')) openOverlay()
  else if (target.matches('input, select, textarea')) target.focus()
  else target.click()
}

/** One control of each table is in the tab order; arrows reach the others. */
function rove() {
  for (const table of document.querySelectorAll('table[data-rove]')) {
    const controls = focusables(table)
    const current = controls.find(control => control.tabIndex === 0 && control.dataset.roved) ?? controls[0]
    for (const control of controls) {
      control.tabIndex = control === current ? 0 : -1
      control.dataset.roved = 'yes'
    }
  }
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLElement} at
 */
function walk(event, at) {
  const table = at.closest('table[data-rove]')
  const row = at.closest('tr')
  if (!table || !row || at.matches('select, input:not([type="checkbox"], [type="radio"])')) return
  const rows = [...table.querySelectorAll('tr')].filter(found => focusables(found).length > 0)
  const here = rows.indexOf(row)
  const column = focusables(row).indexOf(at)
  const step = { ArrowDown: 1, ArrowUp: -1, Home: -rows.length, End: rows.length }[event.key] ?? 0
  const side = { ArrowRight: 1, ArrowLeft: -1 }[event.key] ?? 0
  const to = focusables(rows[Math.max(0, Math.min(rows.length - 1, here + step))])
  const target = to[Math.max(0, Math.min(to.length - 1, column + side))]
  if (!target) return
  event.preventDefault()
  at.tabIndex = -1
  target.tabIndex = 0
  target.focus()
}

function overlay() {
  const on = document.querySelector('[data-keys-on]')
  if (!(on instanceof HTMLInputElement)) return
  on.checked = letters
  on.addEventListener('change', () => {
    letters = on.checked
    keep()
  })
  document.querySelector('[data-keys]')?.addEventListener('click', openOverlay)
}

function keep() {
  try {
    localStorage.setItem('keys', JSON.stringify(changed))
    localStorage.setItem('letters', letters ? 'on' : 'off')
  } catch {
    // Then it holds for this page only.
  }
}

function openOverlay() {
  const dialog = document.getElementById('keys')
  const list = dialog?.querySelector('ul')
  if (!(dialog instanceof HTMLDialogElement) || !list) return
  const targets = [...document.querySelectorAll('[data-key]:not([hidden])')]
  list.replaceChildren(...targets.map(found => line(/** @type {HTMLElement} */ (found), list)))
  dialog.showModal()
}

/**
 * One line of the overlay: what it does, its key, and how to change it.
 * @param {HTMLElement} target
 * @param {HTMLElement} list
 */
function line(target, list) {
  const declared = target.dataset.key ?? ''
  const item = document.createElement('li')
  const name = document.createElement('span')
  const own = target.cloneNode(true)
  if (own instanceof HTMLElement) for (const extra of own.querySelectorAll('kbd, .count')) extra.remove()
  name.textContent = target.dataset.keyName ?? own.textContent?.trim() ?? ''
  const key = document.createElement('kbd')
  key.textContent = effective(declared)
  const change = document.createElement('button')
  change.type = 'button'
  change.textContent = list.dataset.change ?? ''
  change.setAttribute('aria-label', `${change.textContent}: ${name.textContent}`)
  change.addEventListener('click', () => {
    key.textContent = list.dataset.press ?? ''
    change.addEventListener('keydown', event => {
      event.preventDefault()
      event.stopPropagation()
      // Verifying needs a modifier: a key that has one keeps it.
      if (event.key.length === 1 && event.key !== ' ') changed[declared] = declared.startsWith('Ctrl+') ? `Ctrl+${event.key}` : event.key
      else if (event.key === 'Backspace') delete changed[declared]
      key.textContent = effective(declared)
      keep()
    }, { once: true })
  })
  item.append(name, key, change)
  return item
}
