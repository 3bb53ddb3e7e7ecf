import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { promtool, promtoolLacks } from '../../testing/test/promtool.ts'

const folder = resolve(import.meta.dirname, '../../docs/deploy/prometheus')
const read = (file: string) => readFileSync(join(folder, file), 'utf8')
const alerts: { alert: string; expr: string }[] = parse(read('alerts.yml')).groups.flatMap(({ rules }: any) => rules)
const cases: any[] = parse(read('alerts_test.yml'), { merge: true }).tests.flatMap((one: any) => one.alert_rule_test)
const process = { tags: ['process' as const] }

test('each alert is tested with what makes it fire and with what does not', () => {
  const tested = (fires: boolean) =>
    new Set(cases.filter(({ exp_alerts }) => exp_alerts.length > 0 === fires).map(({ alertname }) => alertname))
  for (const { alert } of alerts) for (const fires of [true, false]) expect(tested(fires), alert).toContain(alert)
})

test('the alerts fire when they should, by the tests of Prometheus itself', process, ({ skip }) => {
  const lacks = promtoolLacks()
  if (lacks !== null) return skip(lacks)
  expect(promtool(['test', 'rules', 'alerts_test.yml'], { cwd: folder })).toMatchObject({ code: 0 })
  for (const [what, file] of [
    ['config', 'prometheus.yml'],
    ['rules', 'alerts.yml'],
  ])
    expect(promtool(['check', what!, file!], { cwd: folder })).toMatchObject({ code: 0 })
})

test('an alert on the counter of stops would miss a task that stops as its worker starts', process, ({ skip }) => {
  const lacks = promtoolLacks()
  if (lacks !== null) return skip(lacks)
  const changed = mkdtempSync(join(tmpdir(), 'joai-alerts-'))
  const counted = alerts.map(one =>
    one.alert === 'JoaiTaskStopped' ? { ...one, expr: 'increase(joai_task_stops_total[5m]) > 0' } : one,
  )
  writeFileSync(join(changed, 'alerts.yml'), stringify({ groups: [{ name: 'joai', rules: counted }] }))
  writeFileSync(join(changed, 'alerts_test.yml'), read('alerts_test.yml'))
  const { code, said } = promtool(['test', 'rules', 'alerts_test.yml'], { cwd: changed })
  rmSync(changed, { recursive: true })
  expect(code).not.toBe(0)
  expect(said).toContain('alertname: JoaiTaskStopped, time: 2m')
})
