// @module-tag process
// @module-tag slow

import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, type TestContext, test } from 'vitest'
import { parse } from 'yaml'
import { findContainerEngine } from '../../connectors/containers/container-engine.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const { prometheus, grafana } = parse(read('docker-compose.yml'), { merge: true }).services
const dashboard = JSON.parse(read('docs/deploy/grafana/dashboards/joai.json'))

/** The mounts of a service in the compose file, as copies for a container. */
const copied = ({ volumes }: { readonly volumes: readonly string[] }) =>
  volumes
    .filter(volume => volume.startsWith('./'))
    .map(volume => volume.split(':') as [string, string])
    .map(([source, target]) => ({ source: join(root, source), target }))

/** The library of a container engine; where none answers, the test is skipped and says why. */
async function containers({ skip }: TestContext) {
  const engine = await findContainerEngine()
  return 'lacks' in engine ? skip(engine.lacks) : engine.library
}

describe('monitoring', () => {
  test('its configuration and its alerts are what Prometheus takes', async context => {
    const { GenericContainer, Wait } = await containers(context)
    const checked = await new GenericContainer(prometheus.image)
      .withEntrypoint(['promtool'])
      .withCommand(['check', 'config', '/etc/prometheus/prometheus.yml'])
      .withCopyDirectoriesToContainer(copied(prometheus))
      // It throws unless the command ends with 0.
      .withWaitStrategy(Wait.forOneShotStartup())
      .start()
    await checked.stop()
  })

  test('the dashboard is shown by Grafana, and Prometheus answers all that it asks', async context => {
    const { GenericContainer, Network, Wait } = await containers(context)
    const network = await new Network().start()
    const stops: (() => Promise<unknown>)[] = [() => network.stop()]
    try {
      const asked = await new GenericContainer(prometheus.image)
        .withNetwork(network)
        .withNetworkAliases('prometheus')
        .withCopyDirectoriesToContainer(copied(prometheus))
        .withExposedPorts(9090)
        .withWaitStrategy(Wait.forHttp('/-/ready', 9090))
        .start()
      stops.unshift(() => asked.stop())
      const shown = await new GenericContainer(grafana.image)
        .withNetwork(network)
        .withEnvironment(grafana.environment)
        .withCopyDirectoriesToContainer(copied(grafana))
        .withExposedPorts(3000)
        .withWaitStrategy(Wait.forHttp('/api/health', 3000))
        .start()
      stops.unshift(() => shown.stop())
      const api = `http://${shown.getHost()}:${shown.getMappedPort(3000)}/api`
      const found: any = await (await fetch(`${api}/dashboards/uid/${dashboard.uid}`)).json()
      expect(found.dashboard.panels).toHaveLength(dashboard.panels.length)
      for (const { datasource, targets } of dashboard.panels)
        for (const { expr } of targets) {
          const query = `${api}/datasources/proxy/uid/${datasource.uid}/api/v1/query?query=${encodeURIComponent(expr)}`
          expect(await (await fetch(query)).json(), expr).toMatchObject({ status: 'success' })
        }
    } finally {
      for (const stop of stops) await stop()
    }
  })
})
