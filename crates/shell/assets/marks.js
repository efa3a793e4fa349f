// A field as it is understood marks its bytes as they came, while the pointer or the keyboard is on it. A click does so without script.

/** What is marked. @type {Element | null} */
let marked = null

export function startMarks() {
  for (const event of ['pointerover', 'focusin']) document.addEventListener(event, mark)
}

/** @param {Event} event */
function mark(event) {
  const field = event.target instanceof Element ? event.target.closest('.beside .fields > div') : null
  const to = field?.querySelector('a[href^="#"]')?.getAttribute('href')?.slice(1)
  const bytes = to ? document.getElementById(to) : null
  if (bytes === marked) return
  marked?.classList.remove('marked')
  bytes?.classList.add('marked')
  marked = bytes
}
