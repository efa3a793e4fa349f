// Parts of a page replaced by newer ones from the server, without moving what the reader is at.

/**
 * The session has ended, or a password must be chosen first, or the form is of another account than the one that is signed in now: a form
 * that is sent as forms are sent leads to whatever has to be done.
 */
export class SignedOut extends Error {}

/** Somebody else has signed in in this browser: nothing that they may see belongs on this page. */
export class OtherAccount extends Error {}

/** How the server answers a form that was shown to another account. */
const CONFLICT = 409

/**
 * Fetches a page. Fails unless the server answered with a page of this account.
 * @param {string} url
 * @param {RequestInit} [request]
 * @returns {Promise<Document>}
 */
export async function fetchPage(url, request) {
  const response = await fetch(url, { credentials: 'same-origin', ...request })
  if (response.redirected && ['/sign-in', '/password'].includes(new URL(response.url).pathname)) throw new SignedOut(url)
  if (response.status === CONFLICT) throw new SignedOut(url)
  if (response.status >= 500 || response.redirected) throw new Error(`${response.status} from ${url}`)
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  const account = page.body.dataset.account
  if (account !== undefined && account !== document.body.dataset.account) throw new OtherAccount(url)
  return page
}

/**
 * Replaces one part by the part of the same id in a newer page, if it differs. Focus stays on the same control, scrolling where it was, and a
 * mark stays on what was marked: the same version of the same result.
 * @param {Document} page
 * @param {string} id
 */
export function swapPart(page, id) {
  const old = document.getElementById(id)
  const fresh = page.getElementById(id)
  if (!old || !fresh || asSent(old).isEqualNode(asSent(fresh))) return
  const at = document.activeElement
  const place = at && old.contains(at) ? focusables(old).indexOf(/** @type {HTMLElement} */ (at)) : -1
  const marked = new Set([...old.querySelectorAll('input:checked')].map(mark => /** @type {HTMLInputElement} */ (mark).value))
  const known = new Set([...old.querySelectorAll('tr')].map(row => row.textContent))
  old.replaceWith(fresh)
  for (const mark of fresh.querySelectorAll('input[name="mark"]')) {
    if (mark instanceof HTMLInputElement) mark.checked = marked.has(mark.value)
  }
  for (const row of fresh.querySelectorAll('tr')) {
    if (!known.has(row.textContent)) row.classList.add('new')
  }
  if (place >= 0) {
    const now = focusables(fresh)
    now[Math.min(place, now.length - 1)]?.focus({ preventScroll: true })
  }
  document.dispatchEvent(new CustomEvent('titer:swapped'))
}

/** A part without what scripts of this page have added to it, and without what differs at each showing. @param {Element} part */
function asSent(part) {
  const copy = /** @type {Element} */ (part.cloneNode(true))
  for (const found of [copy, ...copy.querySelectorAll('[tabindex], [data-roved], .new')]) {
    found.removeAttribute('tabindex')
    found.removeAttribute('data-roved')
    found.classList.remove('new')
    if (found.classList.length === 0) found.removeAttribute('class')
  }
  for (const stamp of copy.querySelectorAll('input[name="stamp"]')) stamp.remove()
  return copy
}

/**
 * @param {ParentNode} within
 * @returns {HTMLElement[]}
 */
export function focusables(within) {
  return [...within.querySelectorAll('a[href], button:not(:disabled), input:not(:disabled, [type=hidden]), select')].filter(
    found => found instanceof HTMLElement && found.getClientRects().length > 0,
  ).map(found => /** @type {HTMLElement} */ (found))
}
