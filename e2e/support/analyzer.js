// An analyzer as its capture shows it: ENQ, one record a frame, ETB after each but the last, EOT; all but EOT wait for their answer.

import { once } from 'node:events'
import { connect } from 'node:net'

/** @param {number} number @param {string} text @param {boolean} last */
function frame(number, text, last) {
  const body = `${number % 8}${text}${last ? '\x03' : '\x17'}`
  const sum = [...Buffer.from(body, 'latin1')].reduce((a, b) => (a + b) % 256, 0)
  return Buffer.from(`\x02${body}${sum.toString(16).toUpperCase().padStart(2, '0')}\r\n`, 'latin1')
}

/** The frames of one result, in the shape of a cobas c 111.
 * @param {{ barcode: string, value: string, completed: string }} result */
export function frames({ barcode, value, completed }) {
  const records = [
    'H|\\^&|||C111^Roche^c111^4.2.2.1730^1^13147|||||host|RSUPL^REAL|P|1|20260727162028\r',
    'P|1||\r',
    `O|1||${barcode}^^2||R||||||N||||||||||||${completed}|||F\r`,
    `R|1|^^^550|${value}|U/L||N||F||$SYS$||${completed}\r`,
    'C|1|I||I\r',
    'M|1|RR^BM^c111^1|137|137\\136|0.005564\r',
    'L|1|N\r',
  ]
  return records.map((record, i) => frame(i + 1, record, i === records.length - 1))
}

const ENQ = Buffer.from([0x05])
const EOT = Buffer.from([0x04])

/** Plays frames over a socket; answers the answers to the frames.
 * @param {number} port @param {Buffer[]} frames
 * @returns {Promise<number[]>} */
export async function play(port, frames) {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const answers = []
  for (const bytes of [ENQ, ...frames]) {
    socket.write(bytes)
    const [answer] = /** @type {[Buffer]} */ (await once(socket, 'data'))
    answers.push(...answer)
  }
  socket.end(EOT)
  return answers.slice(1)
}
