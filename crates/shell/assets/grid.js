// The grid in which results are entered by hand: arrows walk it, Enter goes down, Esc undoes the cell, first letters choose an answer. A
// scan never gets into a cell: it leads to the row of its tube. Text of several lines never gets into a cell either. What is typed survives
// a reload. All of it is a plain form without this.
import { say } from './scan.js'

/** Values that were typed before a cell was entered. @type {WeakMap<HTMLInputElement, string>} */
const before = new WeakMap()
/** How long typing has to pause before it is kept: longer than a scanner needs to turn out to be one. */
const KEEP_MS = 400
/** What stands between lines and columns of a text. */
const SEVERAL = /[\t\n\v\f\r\u0085\u2028\u2029]/
/** How long what is typed is kept: after a shift nobody knows any more what it was. */
const KEPT_MS = 12 * 3600_000
/** Where what is typed is kept while this tab is open, of all grids of this account. */
const DRAFTS = `grid ${document.body.dataset.account}`

const table = document.querySelector('table[data-grid]')
const form = table?.closest('form')
if (table instanceof HTMLTableElement && form) startGrid(table, form)

/**
 * @param {HTMLTableElement} grid
 * @param {HTMLFormElement} form
 */
function startGrid(grid, form) {
  restore(form)
  grid.addEventListener('focusin', event => {
    if (event.target instanceof HTMLInputElement) enter(event.target)
  })
  // A refused cell may have the keys already.
  if (document.activeElement instanceof HTMLInputElement && grid.contains(document.activeElement)) enter(document.activeElement)
  grid.addEventListener('keydown', event => {
    if (event.target instanceof HTMLInputElement) keydown(event, event.target, grid)
  })
  grid.addEventListener('input', event => {
    if (event.target instanceof HTMLInputElement && event instanceof InputEvent) complete(event, event.target)
  })
  grid.addEventListener('paste', event => keepOut(event, event.clipboardData))
  grid.addEventListener('drop', event => keepOut(event, event.dataTransfer))
  let pause = 0
  form.addEventListener('input', () => {
    clearTimeout(pause)
    pause = setTimeout(() => keep(form), KEEP_MS)
  })
  form.addEventListener('submit', () => keep(form, true))
  document.addEventListener('titer:scanned', event => {
    if (event instanceof CustomEvent && goTo(grid, String(event.detail))) event.preventDefault()
  })
  const scan = document.querySelector('main form[data-scan-form]')
  scan?.addEventListener('submit', event => {
    const field = scan.querySelector('[data-scan-field]')
    if (!(field instanceof HTMLInputElement) || !goTo(grid, field.value)) return
    field.value = ''
    event.preventDefault()
  })
  const here = grid.querySelector('tr.here input') ?? grid.querySelector('tbody input')
  if (here instanceof HTMLInputElement && !document.querySelector('[data-focus]')) here.focus()
}

/** Typing replaces what stands in a cell, and Esc brings it back. @param {HTMLInputElement} cell */
function enter(cell) {
  before.set(cell, cell.value)
  cell.select()
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLInputElement} cell
 * @param {HTMLTableElement} grid
 */
function keydown(event, cell, grid) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return
  const to = target(event, cell, grid)
  if (event.key === 'Escape') {
    cell.value = before.get(cell) ?? ''
    cell.select()
    cell.dispatchEvent(new Event('input', { bubbles: true }))
  } else if (to) {
    to.focus()
  } else if (event.key !== 'Enter') {
    return
  }
  event.preventDefault()
}

/**
 * The cell that a key leads to. An arrow to the side leaves a cell at the end of its text only, or if all of it is selected.
 * @param {KeyboardEvent} event
 * @param {HTMLInputElement} cell
 * @param {HTMLTableElement} grid
 */
function target(event, cell, grid) {
  const all = cell.selectionStart === 0 && cell.selectionEnd === cell.value.length
  const first = all || cell.selectionEnd === 0
  const last = all || cell.selectionStart === cell.value.length
  const place = /** @type {HTMLTableCellElement} */ (cell.closest('td')).cellIndex
  switch (event.key) {
    case 'ArrowDown':
      return below(grid, cell, place, 1)
    case 'ArrowUp':
      return below(grid, cell, place, -1)
    case 'Enter':
      return below(grid, cell, place, event.shiftKey ? -1 : 1) ?? (event.shiftKey ? null : firstOf(grid, place + 1))
    case 'ArrowLeft':
      return first ? beside(cell, -1) : null
    case 'ArrowRight':
      return last ? beside(cell, 1) : null
    default:
      return null
  }
}

/** The rows of the grid. @param {HTMLTableElement} grid */
const rowsOf = grid => [...grid.tBodies[0].rows]

/**
 * The next cell of a column, up or down.
 * @param {HTMLTableElement} grid
 * @param {HTMLInputElement} cell
 * @param {number} place
 * @param {number} step
 */
function below(grid, cell, place, step) {
  const rows = rowsOf(grid)
  const row = /** @type {HTMLTableRowElement} */ (cell.closest('tr'))
  for (let at = rows.indexOf(row) + step; at >= 0 && at < rows.length; at += step) {
    const found = rows[at].cells[place]?.querySelector('input')
    if (found) return found
  }
  return null
}

/**
 * The first cell of a column, or of the next column that has one.
 * @param {HTMLTableElement} grid
 * @param {number} from
 */
function firstOf(grid, from) {
  const rows = rowsOf(grid)
  for (let place = from; place < (rows[0]?.cells.length ?? 0); place += 1) {
    for (const row of rows) {
      const found = row.cells[place]?.querySelector('input')
      if (found) return found
    }
  }
  return null
}

/**
 * The next cell of a row, to the left or to the right.
 * @param {HTMLInputElement} cell
 * @param {number} step
 */
function beside(cell, step) {
  const all = [...(cell.closest('tr')?.querySelectorAll('td input') ?? [])]
  return /** @type {HTMLInputElement | undefined} */ (all[all.indexOf(cell) + step]) ?? null
}

/**
 * Completes what was typed to the first answer that begins so. What was added is selected: the next letter replaces it.
 * @param {InputEvent} event
 * @param {HTMLInputElement} cell
 */
function complete(event, cell) {
  if (event.inputType !== 'insertText' || cell.selectionStart !== cell.value.length) return
  const analyte = cell.name.split('-')[2]
  const answers = [...document.querySelectorAll(`[data-answers="${analyte}"] > span`)].map(answer => answer.textContent ?? '')
  const typed = cell.value
  const answer = answers.find(words => words.toLowerCase().startsWith(typed.toLowerCase()))
  if (!answer || !typed) return
  cell.value = answer
  cell.setSelectionRange(typed.length, answer.length)
}

/** A tube number as two of them are compared. @param {string} number */
const plain = number => number.replace(/\s/g, '').toUpperCase()

/**
 * Leads to the row of a tube: to its first empty cell.
 * @param {HTMLTableElement} grid
 * @param {string} number
 */
function goTo(grid, number) {
  const row = rowsOf(grid).find(found => plain(found.querySelector('th a')?.textContent ?? '') === plain(number))
  const cells = [...(row?.querySelectorAll('td input') ?? [])].map(cell => /** @type {HTMLInputElement} */ (cell))
  const cell = cells.find(found => found.value === '') ?? cells[0]
  if (!row || !cell) return false
  for (const other of grid.querySelectorAll('tr.here')) other.classList.remove('here')
  row.classList.add('here')
  document.getElementById('outcome')?.replaceChildren()
  cell.focus()
  return true
}

/**
 * Text of several lines or columns is of several tubes: in one cell it would be another value, and in the cells below perhaps another's.
 * @param {Event} event
 * @param {DataTransfer | null} data
 */
function keepOut(event, data) {
  if (!(event.target instanceof HTMLInputElement)) return
  document.getElementById('said')?.replaceChildren()
  if (!SEVERAL.test(data?.getData('text/plain').trim() ?? '')) return
  event.preventDefault()
  say('several')
}

/**
 * What was typed into a cell, when, and whether it has been sent since.
 * @typedef {{ value: string, at: number, sent?: boolean }} Kept
 */

/** @returns {Record<string, Kept>} */
function kept() {
  try {
    const all = /** @type {[string, Kept][]} */ (Object.entries(JSON.parse(sessionStorage.getItem(DRAFTS) ?? '{}')))
    return Object.fromEntries(all.filter(([, { at }]) => Date.now() - at < KEPT_MS))
  } catch {
    return {}
  }
}

/** @param {Record<string, Kept>} all */
function keepAll(all) {
  try {
    sessionStorage.setItem(DRAFTS, JSON.stringify(all))
  } catch {
    // Then it is on the page only.
  }
}

/** @param {HTMLFormElement} form */
function cellsOf(form) {
  return [...form.querySelectorAll('table[data-grid] input')].map(cell => /** @type {HTMLInputElement} */ (cell))
}

/**
 * Keeps what stands in the cells. A cell has one place, whichever page of whichever grid shows it: what was typed last counts.
 * @param {HTMLFormElement} form
 * @param {boolean} [sent]
 */
function keep(form, sent = false) {
  const all = kept()
  for (const { name, value } of cellsOf(form)) {
    const at = all[name]?.value === value ? all[name].at : Date.now()
    if (value) all[name] = { value, at, sent }
    else delete all[name]
  }
  keepAll(all)
}

/**
 * Gives back what was typed before the page was loaded again, where nothing else stands, and shows which cells these are.
 * @param {HTMLFormElement} form
 */
function restore(form) {
  const all = kept()
  let restored = 0
  for (const cell of cellsOf(form)) {
    if (cell.value || !all[cell.name]) continue
    cell.value = all[cell.name].value
    cell.classList.add('restored')
    cell.addEventListener('input', () => cell.classList.remove('restored'), { once: true })
    restored += 1
  }
  if (restored > 0) form.dispatchEvent(new Event('input', { bubbles: true }))
  const said = form.querySelector('[data-restored]')
  if (said instanceof HTMLElement) said.hidden = restored === 0
  // What has been saved since is forgotten: if the cell opens again, it opens empty.
  const here = new Set(cellsOf(form).map(cell => cell.name))
  keepAll(Object.fromEntries(Object.entries(all).filter(([name, { sent }]) => here.has(name) || !sent)))
  keep(form)
}
