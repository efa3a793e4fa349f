// Light or dark, as chosen. A plain script in the head, so that no page ever flashes in the wrong light.
{
  const root = document.documentElement
  root.classList.add('js')

  /** @param {string} choice '' follows the system */
  const apply = choice => {
    if (choice) root.dataset.theme = choice
    else delete root.dataset.theme
  }

  let chosen = ''
  try {
    chosen = localStorage.getItem('theme') ?? ''
  } catch {
    // Storage is switched off: follow the system.
  }
  apply(chosen)

  document.addEventListener('DOMContentLoaded', () => {
    for (const radio of document.querySelectorAll('input[name="theme"]')) {
      if (!(radio instanceof HTMLInputElement)) continue
      radio.checked = radio.value === chosen
      radio.addEventListener('change', () => {
        apply(radio.value)
        try {
          localStorage.setItem('theme', radio.value)
        } catch {
          // Then it holds for this page only.
        }
      })
    }
  })
}
