import { expect, test } from 'vitest'
import { freePort, freePorts } from './free-port.ts'

test('ports that are asked for together are free, and all different', async () => {
  const ports = await freePorts(200)
  expect(new Set(ports).size).toBe(200)
  expect(ports).not.toContain(0)
  expect(await freePort()).toBeGreaterThan(0)
})
