// What changes in the laboratory changes on the page. The server sends only in which rooms; the page fetches what it may see.
import { OtherAccount, fetchPage, swapPart } from './swap.js'

/** A connection that is away for longer than this is told; shorter gaps mend themselves. */
const STALE_AFTER_MS = 4000
/** Changes that come close together are fetched once. */
const GATHER_MS = 400
/** When all pages have to fetch themselves again, they do not come all at once. */
const SPREAD_MS = 4000

/** The rooms in which something has happened. @typedef {{ topics: string[] }} Change */

/** Parts of this page that have to be fetched. @type {Set<string>} */
const due = new Set()
let gathering = false
/** @type {number | undefined} */
let staleTimer
/** @type {EventSource | undefined} */
let source

export function startLive() {
  clock()
  if (!document.querySelector('[data-live], [data-live-new]')) return
  source = new EventSource('/live')
  source.addEventListener('open', () => {
    // The stream was away: it may be another account's now.
    if (staleTimer !== undefined) fetchSoon(Math.random() * SPREAD_MS)
    clearTimeout(staleTimer)
    staleTimer = undefined
    stale(false)
  })
  source.addEventListener('error', () => {
    staleTimer ??= setTimeout(() => stale(true), STALE_AFTER_MS)
  })
  source.addEventListener('change', event => changed(JSON.parse(event.data)))
  // The server cannot say what was missed: everything is fetched again.
  source.addEventListener('reset', () => {
    for (const part of document.querySelectorAll('[data-live]')) due.add(part.id)
    fetchSoon(Math.random() * SPREAD_MS)
  })
  addEventListener('pagehide', () => source?.close())
}

/** Somebody else has signed in in this browser: the page stays as its reader saw it, and says so. */
function ended() {
  source?.close()
  clearTimeout(staleTimer)
  stale(false)
  const band = document.getElementById('other')
  if (band) band.hidden = false
}

/** @param {boolean} is */
function stale(is) {
  const band = document.getElementById('stale')
  if (band) band.hidden = !is
}

/** @param {Change} change */
function changed({ topics }) {
  /** @param {string | undefined} shown */
  const concerns = shown => shown?.split(' ').some(topic => topics.includes(topic)) ?? false
  const announcer = document.querySelector('[data-live-new]')
  const announces = announcer instanceof HTMLElement && concerns(announcer.dataset.liveNew)
  for (const part of document.querySelectorAll('[data-live]')) {
    if (part instanceof HTMLElement && concerns(part.dataset.live)) due.add(part.id)
  }
  if (due.size > 0 || announces) fetchSoon()
}

/** @param {number} [later] milliseconds on top */
function fetchSoon(later = 0) {
  if (gathering) return
  gathering = true
  setTimeout(async () => {
    const parts = [...due]
    due.clear()
    try {
      const page = await fetchPage(location.href)
      for (const part of parts) renew(page, part)
      announce(page)
    } catch (error) {
      if (error instanceof OtherAccount) ended()
      else stale(true)
    }
    gathering = false
    if (due.size > 0) fetchSoon()
  }, GATHER_MS + later)
}

/**
 * Brings one part up to date. A row that has left the list stays where it is until the reader looks elsewhere, but can no longer be used.
 * @param {Document} page
 * @param {string} id
 */
function renew(page, id) {
  const part = document.getElementById(id)
  if (page.getElementById(id) || !part?.dataset.id) return swapPart(page, id)
  part.inert = true
  part.classList.add('gone')
}

/** Says how many rows there are that the page does not show yet. @param {Document} page */
function announce(page) {
  const announcer = document.querySelector('[data-live-new]')
  if (!(announcer instanceof HTMLElement)) return
  const fresh = [...page.querySelectorAll('[data-live][data-id]')].filter(row => !document.getElementById(row.id)).length
  const count = announcer.querySelector('[data-live-count]')
  if (count) count.textContent = String(fresh)
  announcer.hidden = fresh === 0
}

/** The laboratory's clock, told by the server once and kept going here. */
function clock() {
  const face = document.querySelector('[data-clock]')
  if (!(face instanceof HTMLTimeElement)) return
  const parts = /^(.* )(\d\d):(\d\d)$/.exec(face.textContent ?? '')
  const told = new Date(face.dateTime)
  if (!parts || Number.isNaN(told.getTime())) return
  const started = performance.now()
  const zero = Number(parts[2]) * 60 + Number(parts[3])
  const seconds = told.getSeconds()
  setInterval(() => {
    const minutes = zero + Math.floor((seconds + (performance.now() - started) / 1000) / 60)
    // Past midnight the day is wrong as well: the server is asked by the next page.
    if (minutes >= 24 * 60) return
    face.textContent = `${parts[1]}${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
  }, 5000)
}
