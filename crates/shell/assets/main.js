// What every page runs. All of it works as plain forms and links when this never loads.
import { startKeys } from './keys.js'
import { startLive } from './live.js'
import { startForms } from './forms.js'
import { startMarks } from './marks.js'
import { startScan } from './scan.js'

startScan()
startKeys()
startForms()
startMarks()
startLive()
