// What forms do beyond what browsers give them: counting marks, marking a whole tube, knowing what would be lost.

/** Forms in which something was entered that has not been sent. @type {WeakSet<HTMLFormElement>} */
const touched = new WeakSet()

/** Marks that may be set together. Held and critical results and results by hand are marked one by one, never by a box for many. */
const TOGETHER = 'input[name="mark"]:not([data-alone])'

/** Whether leaving this page would lose what was entered. @returns {boolean} */
export function unsaved() {
  return [...document.querySelectorAll('form[data-keep]')].some(form => touched.has(/** @type {HTMLFormElement} */ (form)))
}

export function startForms() {
  document.addEventListener('change', event => {
    const box = event.target
    if (!(box instanceof HTMLInputElement) || box.type !== 'checkbox') return
    const within = box.matches('[data-mark-group]') ? box.closest('tbody') : box.matches('[data-mark-all]') ? box.closest('table') : null
    for (const mark of within?.querySelectorAll(TOGETHER) ?? []) {
      /** @type {HTMLInputElement} */ (mark).checked = box.checked
    }
    countMarks()
  })
  document.addEventListener('input', event => {
    const form = event.target instanceof Element ? event.target.closest('form') : null
    if (form) touched.add(form)
  })
  document.addEventListener('titer:swapped', countMarks)
  startFilter()
  // A form that came back with mistakes says so first. A field for a password gets the keys, and what is signed stays in view.
  const first = document.querySelector('[data-focus], [data-autofocus]')
  if (first instanceof HTMLElement) first.focus({ preventScroll: first.matches('[data-autofocus]') })
  countMarks()
}

/** Says how many results are marked, and keeps the box of each tube in step. */
function countMarks() {
  for (const group of document.querySelectorAll('tbody')) {
    const all = group.querySelector('[data-mark-group]')
    const marks = group.querySelectorAll(TOGETHER)
    if (!(all instanceof HTMLInputElement)) continue
    const marked = [...marks].filter(mark => /** @type {HTMLInputElement} */ (mark).checked).length
    all.checked = marked > 0 && marked === marks.length
    all.indeterminate = marked > 0 && marked < marks.length
  }
  const said = document.querySelector('[data-marked]')
  if (!(said instanceof HTMLElement)) return
  const count = document.querySelectorAll('input[name="mark"]:checked').length
  const words = count === 0 ? said.dataset.none : count === 1 ? said.dataset.one : said.dataset.many?.replace('#', String(count))
  if (words !== undefined && said.textContent !== words) said.textContent = words
}

/** A long list of choices is narrowed as somebody types; what is chosen stays in view. The button does the same where no script runs. */
function startFilter() {
  const field = document.querySelector('input[data-filter]')
  if (!(field instanceof HTMLInputElement)) return
  // Enter belongs to the form's own button, which must not send a form that is only looked through.
  document.querySelector('[data-filter-button]')?.remove()
  field.addEventListener('keydown', event => event.key === 'Enter' && event.preventDefault())
  field.addEventListener('input', () => {
    const words = field.value.toLowerCase().split(/\s+/)
    let found = false
    for (const group of document.querySelectorAll('[data-filter-group]')) {
      let any = false
      for (const label of group.querySelectorAll('label')) {
        const said = label.textContent?.toLowerCase() ?? ''
        label.hidden = !label.querySelector('input:checked') && !words.every(word => said.includes(word))
        any ||= !label.hidden
      }
      /** @type {HTMLElement} */ (group).hidden = !any
      found ||= any
    }
    const none = document.querySelector('[data-filter-none]')
    if (none instanceof HTMLElement) none.hidden = found
  })
}
