import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'

const root = resolve(import.meta.dirname, '../..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

describe('the dashboard and the alerts', () => {
  const dashboard = JSON.parse(read('docs/deploy/grafana/dashboards/joai.json'))
  const shown: string[] = dashboard.panels.flatMap(({ targets }: any) => targets.map(({ expr }: any) => expr))
  const alerts = parse(read('docs/deploy/prometheus/alerts.yml')).groups.flatMap(({ rules }: any) => rules)
  const expressions = [...shown, ...alerts.map(({ expr }: any) => expr as string)]
  const named = new Set(expressions.flatMap(expr => expr.match(/\b(joai|process|nodejs)_\w+/g) ?? []))

  /** The metrics of workers, with their labels. */
  const metrics = new Map(
    readdirSync(join(root, 'scripts/supervisor'))
      .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .flatMap(file =>
        [...read(`scripts/supervisor/${file}`).matchAll(/'(joai_\w+)'/g)].map(([, name]) => [name!, file]),
      ),
  )
  const ofNode = new Registry()
  collectDefaultMetrics({ register: ofNode })
  const ofProcess = ofNode.getMetricsAsArray().map(({ name }) => name)

  test('ask for metrics that there are', () => {
    const base = (name: string) => name.replace(/_(bucket|sum|count)$/, '')
    const absent = [...named].filter(name => !metrics.has(base(name)) && !ofProcess.includes(name))
    expect(absent).toEqual([])
    expect(named.size).toBeGreaterThan(15)
  })

  test('leave out none of those that JOAI adds', () => {
    expect([...metrics.keys()].filter(name => ![...named].some(used => used.startsWith(name)))).toEqual([])
  })

  test('have panels of their own place, and a source that is provisioned', () => {
    const { datasources } = parse(read('docs/deploy/grafana/provisioning/datasources/prometheus.yml'))
    const sources = new Set(dashboard.panels.map(({ datasource }: any) => datasource.uid))
    expect([...sources]).toEqual(datasources.map(({ uid }: any) => uid))
    const places = dashboard.panels.map(({ gridPos: { x, y } }: any) => `${x}/${y}`)
    expect(new Set(places).size).toBe(places.length)
    const { rule_files } = parse(read('docs/deploy/prometheus/prometheus.yml'))
    for (const file of rule_files) expect(existsSync(join(root, 'docs/deploy/prometheus', file))).toBe(true)
  })
})
