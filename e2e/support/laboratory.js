// A laboratory of one's own for a test: the real program on a folder of its own, and the command line beside it.

import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const PROGRAM = process.env.TITER ?? resolve(import.meta.dirname, '../../target/debug/titer')

/** A port that nobody listens on.
 * @returns {Promise<number>} */
export function freePort() {
  return new Promise((done, failed) => {
    const server = createServer()
    server.once('error', failed)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

/** Starts `titer serve` on a new folder; or on the empty PostgreSQL database that TITER_TEST_DATABASE names.
 * @returns {Promise<{ url: string, password: string, run: (...words: string[]) => string, close: () => Promise<void> }>} */
export async function openLaboratory() {
  const folder = mkdtempSync(join(tmpdir(), 'titer-'))
  const port = await freePort()
  const database = process.env.TITER_TEST_DATABASE
  const place = database ? ['--database', database] : ['--data', folder]
  const words = ['serve', ...place, '--listen', `127.0.0.1:${port}`, '--name', 'Test Laboratory', '--zone', 'UTC', '--units', 'si']
  const serving = spawn(PROGRAM, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const piece of serving.stdout) {
    said += piece
    if (said.includes('Titer is at')) break
  }
  const password = /with the password {2}(\S+)/.exec(said)?.[1]
  if (!password) throw new Error(`the program did not start: ${said}`)
  return {
    url: `http://127.0.0.1:${port}`,
    password,
    run: (...rest) => execFileSync(PROGRAM, [...rest, ...place], { encoding: 'utf8' }),
    close: async () => {
      const ended = new Promise((done) => serving.once('exit', done))
      serving.kill('SIGTERM')
      await ended
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
